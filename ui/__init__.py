"""The page: a thin face on `rag.Chatbot`, in the browser."""
