"""Why a photo is in an answer, and what to look at before it is used."""
