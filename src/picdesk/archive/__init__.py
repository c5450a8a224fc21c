"""Where photos live: rows, words and vectors in one embedded database, and the promises it keeps."""
