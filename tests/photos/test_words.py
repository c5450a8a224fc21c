from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picdesk.photos.words import file_words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Billy-Napier-at-SEC-Media-Days-2023.jpg", "Billy Napier at SEC Media Days 2023"),
        ("attachment-CH53-Helicopter.jpeg", "CH Helicopter"),
        ("REG-L-BrookeSpezialetti.jpg", "REG Brooke Spezialetti"),
        ("GettyImages_RomeHeat_071923.jpg", "Getty Images Rome Heat"),
        ("McDonald_iPhone-G20.jpg", "McDonald iPhone G20"),
        ("Dr.Smith.jpg", "Dr Smith"),
        ("photo.JPEG.jpg", "photo"),
        ("Café_Zürich2023.heic", "Café Zürich 2023"),
        ("Cafe\u0301.png", "Café"),
        ("हिन्दी-समाचार.jpg", "हिन्दी समाचार"),
        ("می\u200cخواهم.jpg", "می\u200cخواهم"),
        ("北京_2022.jpg", "北京 2022"),
        ("IMG_4285.JPG", ""),
        ("P1000123.JPG", ""),
        ("DSC_8012-wedding.jpg", "wedding"),
        ("PXL_20230719_Harbour.jpg", "Harbour"),
        ("2745A43B9E53413E39DFD0B2E52500B1.jpg", ""),
        ("ef497883-c5f0-4092-966b-c9cf8d22246d_1140x641.jpg", ""),
        ("CVGLWHKHHFDEREPNMGTA4NNO2U.jpg", ""),
        ("OXB4W3S35FAXLLP7WAG34YTUFM.jpg", ""),
        ("Oil1-1024x683-scaled.jpg", "Oil"),
        ("facade.jpg", "facade"),  # hexadecimal digits, and a word
        ("https://x.org/2023/07/19144749/South-Africa-Putin.jpg?w=1200&h=3#top", "South Africa Putin"),
        ("https://x.org/fetch/https%3A%2F%2Fy.org%2Fuploads%2FDenver-Police.jpg%3Fw=2", "Denver Police"),
        ("https://x.org/dam/Nicole-Budol_CNNPH.jpg/jcr:content.jpg", "Nicole Budol CNNPH"),
        ("https://x.org/%E5%8C%97%E4%BA%AC.jpg", "北京"),
        ("//cdn.x.org/a/Rice-Field.webp", "Rice Field"),
        ("https://x.org/", ""),
        ("https://[broken/Flood-Water.jpg", "Flood Water"),
        ("C:\\photos\\Harbour Bridge.jpg", "Harbour Bridge"),
        ("100%-wool #1.jpg", "wool"),  # no URL: nothing is decoded or cut off
        ("", ""),
        (".", ""),
    ],
)
def test_words_of_a_name(name: str, words: str) -> None:
    assert file_words(name) == words


@given(st.text(max_size=60))
def test_any_name_gives_valid_single_spaced_words(name: str) -> None:
    words = file_words(name + "\udce9.jpg")
    words.encode()
    assert words == " ".join(words.split())
    assert file_words(name + "\udce9.jpg") == words


def test_a_long_hostile_name_is_quick() -> None:
    assert file_words("a1" * 50_000 + ".jpg") == ""
    assert file_words("-".join(["aB"] * 50_000)).count(" ") < 50_000
