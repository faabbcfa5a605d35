"""Which files the service takes: their types and sizes."""

from __future__ import annotations

MIB = 1024 * 1024
LARGEST_UPLOAD = 512 * MIB
"""Bytes of any upload ("512 MB"): https://developers.llamaindex.ai/llamaparse/general/limitations/."""
LARGEST_EXTRACT = 100 * MIB
"""Bytes of a file for extraction ("100 MB"), by the same page."""
LARGEST_BATCH = 1000
"""Files of a batch: https://developers.llamaindex.ai/llamaparse/batches/getting_started/."""

# The extensions in the API's own description (LlamaParseSupportedFileExtensions), and those that
# https://developers.llamaindex.ai/llamaparse/general/supported_document_types/ adds, such as txt.
_NAMES = """
abw awt azw azw3 azw4 bmp cb7 cbc cbr cbz cgm chm csv cwk dbf dif djvu doc docm docx dot dotm dotx epub et eth
fb2 fbz fodg fodp fods fodt fopd gif heic heif htm html htmlz hwp jpeg jpg key lit lrf lwp m4a mcw md mobi mp3
mp4 mpeg mpga mw mwd numbers odf odg odp ods odt otg otp ots ott pages pbd pdb pdf pml png pot potm potx ppt
pptm pptx prc prn psw qpw rb rtf sda sdd sdp sdw sgl slk snb stc std sti stw svg sxc sxd sxg sxi sxm sxw sylk
tcr tif tiff tsv txtz uof uop uos uos1 uos2 uot vdx vor vsd vsdm vsdx wav wb1 wb2 wb3 webm webp wk1 wk2 wk3
wk4 wks wn wpd wps wpt wq1 wq2 wri xhtm xlr xls xlsb xlsm xlsx xlw xml yxmd zabw 123 602 txt web
"""
SUFFIXES = frozenset(f".{name}" for name in _NAMES.split())


def refusal_of(size: int, product: str) -> str | None:
    """Gives why a file of this size would not be taken, or None."""
    if size == 0:
        return "the file is empty"
    largest = LARGEST_EXTRACT if product == "extract_v2" else LARGEST_UPLOAD
    if size > largest:
        return f"the file has {size / MIB:,.0f} MiB; at most {largest // MIB} are taken"
    return None
