package dev.filelock.bench;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Rectangle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jfree.chart.ChartFactory;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;
import org.jfree.svg.SVGGraphics2D;
import org.jfree.svg.SVGUtils;

/** The plots, as SVG. */
final class Plots {
    private static final Color[] COLOURS = {
        new Color(0x0072B2),
        new Color(0xD55E00),
        new Color(0x009E73),
        new Color(0xCC79A7),
        new Color(0xE69F00),
        new Color(0x555555),
        new Color(0x56B4E9)
    };
    private static final int POINTS = 100;

    private Plots() {}

    /** The share of samples, of 0 to 100 %, that took at most so many microseconds. */
    static void distribution(Path file, String title, Map<String, Figures> all) throws IOException {
        XYSeriesCollection data = new XYSeriesCollection();
        all.forEach((name, figures) -> {
            XYSeries series = new XYSeries(name);
            for (int i = 0; i <= POINTS; i++) {
                series.add(Math.max(1, figures.at(i / (double) POINTS) / 1e3), i);
            }
            data.addSeries(series);
        });
        write(file, title, "µs, each step ten times as long", "% of hand-offs", data, true, false);
    }

    static void lines(Path file, String title, String x, String y, int[] at, Map<String, double[]> all)
            throws IOException {
        XYSeriesCollection data = new XYSeriesCollection();
        all.forEach((name, values) -> {
            XYSeries series = new XYSeries(name.replace("`", ""));
            for (int i = 0; i < at.length; i++) {
                series.add(at[i], Math.max(1e-3, values[i]));
            }
            data.addSeries(series);
        });
        write(file, title, x, y, data, true, true);
    }

    private static void write(
            Path file, String title, String x, String y, XYSeriesCollection data, boolean logX, boolean logY)
            throws IOException {
        JFreeChart chart = ChartFactory.createXYLineChart(title, x, y, data);
        XYPlot plot = chart.getXYPlot();
        if (logX) {
            plot.setDomainAxis(log(x));
        }
        if (logY) {
            plot.setRangeAxis(log(y));
        }
        plot.setBackgroundPaint(Color.WHITE);
        plot.setDomainGridlinePaint(new Color(0xDDDDDD));
        plot.setRangeGridlinePaint(new Color(0xDDDDDD));
        plot.setDomainMinorGridlinesVisible(false);
        plot.setRangeMinorGridlinesVisible(false);
        XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer(true, logY);
        for (int i = 0; i < data.getSeriesCount(); i++) {
            renderer.setSeriesPaint(i, COLOURS[i % COLOURS.length]);
            renderer.setSeriesStroke(i, new BasicStroke(2));
        }
        plot.setRenderer(renderer);
        SVGGraphics2D canvas = new SVGGraphics2D(800, 420);
        chart.draw(canvas, new Rectangle(800, 420));
        SVGUtils.writeToSVG(file.toFile(), canvas.getSVGElement());
    }

    private static LogAxis log(String label) {
        LogAxis axis = new LogAxis(label);
        axis.setTickUnit(new NumberTickUnit(1));
        axis.setMinorTickMarksVisible(false);
        axis.setNumberFormatOverride(new java.text.DecimalFormat("#,##0.###"));
        return axis;
    }
}
