"""The report's charts: chosen and titled from the analysis, described as Vega-Lite, drawn in a child process.

    choosing   which charts an analysis allows, their rows and their titles, checked on the data
    palettes   colours: CSS variables for the page, fixed ones for mail
    specs      one builder per kind of chart: (rows, palette, width, labels) -> Vega-Lite v6 dict
               (timelines and comparisons hold them, axes what they share)
    drawing    asks the child for pictures; a failure leaves the tables standing
    __main__   the child: JSON on stdin, SVG and PNG on stdout

The renderer's engine can abort a whole process and keeps 140 to 200 MB, hence the child.
"""
