"""Many vectors compared with many on a device of torch's: cosines, the best of them, dual softmax, centres of lists.

Nothing here knows an archive: NumPy arrays come in and go out. A card is what it is for; torch's processor gives the
same answers, slower than NumPy does, and is what the tests run on.
"""
