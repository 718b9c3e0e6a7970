"""Station language: which of Finnish, Swedish and English a message is written in."""
