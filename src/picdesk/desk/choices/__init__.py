"""What the desk chooses: picks and rejections, the basket, its contact sheet, and the log of uses."""
