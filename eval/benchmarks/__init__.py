"""What is measured beside cases: stages by themselves, planted orders, crashes, hostile files, time and memory."""
