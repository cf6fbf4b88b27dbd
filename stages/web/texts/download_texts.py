"""Names of the files that can be downloaded of a recording."""

from pipeline.messages import Language

DOWNLOAD_TEXTS: dict[Language, dict[str, str]] = {
    "en": {
        "download_video": "Video",
        "download_table": "Table (CSV)",
        "download_parquet": "Table (Parquet)",
        "download_columns": "Columns (JSON)",
        "download_plot": "Plot (PNG)",
        "download_report": "Report (HTML)",
        "download_summary": "Summary (JSON)",
        "downloads": "Download",
        "exports": "For other programs",
        "export_eaf": "ELAN (.eaf)",
        "export_boris": "BORIS (.boris)",
        "export_textgrid": "Praat (.TextGrid)",
        "export_vtt": "Subtitles (.vtt)",
        "export_srt": "Subtitles (.srt)",
        "export_bids": "BIDS (.zip)",
        "export_facereader": "FaceReader log",
        "export_pyfeat": "py-feat (.csv)",
    },
    "fr": {
        "download_video": "Vidéo",
        "download_table": "Tableau (CSV)",
        "download_parquet": "Tableau (Parquet)",
        "download_columns": "Colonnes (JSON)",
        "download_plot": "Graphique (PNG)",
        "download_report": "Rapport (HTML)",
        "download_summary": "Résumé (JSON)",
        "downloads": "Télécharger",
        "exports": "Pour d’autres logiciels",
        "export_eaf": "ELAN (.eaf)",
        "export_boris": "BORIS (.boris)",
        "export_textgrid": "Praat (.TextGrid)",
        "export_vtt": "Sous-titres (.vtt)",
        "export_srt": "Sous-titres (.srt)",
        "export_bids": "BIDS (.zip)",
        "export_facereader": "Journal FaceReader",
        "export_pyfeat": "py-feat (.csv)",
    },
}
"""Language to key to message; the export keys are `export_` and a format's name."""
