"""The desk: search, choose, crop and rate in a browser, and the same as JSON (extra ``desk``)."""
