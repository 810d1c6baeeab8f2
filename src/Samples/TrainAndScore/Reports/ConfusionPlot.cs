using Microsoft.ML.Data;
using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace TrainAndScore.Reports;

/// <summary>The confusion matrix as a picture: a row a true class, colored by the share that went to each predicted class.</summary>
internal static class ConfusionPlot
{
    // With more classes, numbers and names no longer fit into their cells.
    private const int _maxNumberedClasses = 25, _maxNamedClasses = 60;

    public static void Save(ConfusionMatrix matrix, IReadOnlyList<string> classes, double accuracy, string path)
    {
        int count = classes.Count;
        var shares = new double[count, count];
        for (int actual = 0; actual < count; actual++)
        {
            double pictures = Math.Max(1, matrix.Counts[actual].Sum());
            for (int predicted = 0; predicted < count; predicted++)
                shares[predicted, actual] = matrix.Counts[actual][predicted] / pictures;
        }

        var model = new PlotModel { Title = $"{100 * accuracy:F1}% of the held-out pictures are right", Background = OxyColors.White };
        model.Axes.Add(CreateClassAxis(AxisPosition.Bottom, "Predicted class", classes));
        model.Axes.Add(CreateClassAxis(AxisPosition.Left, "True class", classes));
        model.Axes.Add(new LinearColorAxis
        {
            Position = AxisPosition.Right, Minimum = 0, Maximum = 1, Title = "Share of the true class",
            Palette = OxyPalette.Interpolate(200, OxyColors.White, OxyColor.FromRgb(107, 174, 214), OxyColor.FromRgb(8, 48, 107)),
        });
        model.Series.Add(new HeatMapSeries
        {
            X0 = 0, X1 = count - 1, Y0 = 0, Y1 = count - 1, Data = shares, Interpolate = false,
            RenderMethod = HeatMapRenderMethod.Rectangles,
        });
        if (count <= _maxNumberedClasses)
            AddNumbers(model, matrix, shares);
        int side = Math.Clamp(300 + 55 * count, 560, 1600);
        PlotPicture.Save(model, path, side, side);
    }

    private static CategoryAxis CreateClassAxis(AxisPosition position, string title, IReadOnlyList<string> classes)
    {
        bool isRow = position == AxisPosition.Left;
        var axis = new CategoryAxis
        {
            Position = position, Title = title, GapWidth = 0, Angle = isRow ? 0 : -45, TickStyle = TickStyle.None,
            // The first class at the top, as in a table.
            StartPosition = isRow ? 1 : 0, EndPosition = isRow ? 0 : 1,
        };
        axis.Labels.AddRange(classes.Count <= _maxNamedClasses ? classes : classes.Select(_ => ""));
        return axis;
    }

    private static void AddNumbers(PlotModel model, ConfusionMatrix matrix, double[,] shares)
    {
        for (int actual = 0; actual < matrix.NumberOfClasses; actual++)
        {
            for (int predicted = 0; predicted < matrix.NumberOfClasses; predicted++)
            {
                double number = matrix.Counts[actual][predicted];
                if (number == 0)
                    continue;
                model.Annotations.Add(new TextAnnotation
                {
                    Text = $"{number:F0}", TextPosition = new DataPoint(predicted, actual), StrokeThickness = 0,
                    TextHorizontalAlignment = HorizontalAlignment.Center, TextVerticalAlignment = VerticalAlignment.Middle,
                    TextColor = shares[predicted, actual] > 0.5 ? OxyColors.White : OxyColors.Black,
                });
            }
        }
    }
}
