using Microsoft.ML.Data;
using Spectre.Console;

namespace TrainAndScore.Reports;

/// <summary>ML.NET's metrics and the confusion table, on the console.</summary>
internal static class EvaluationReport
{
    // With more classes the table is wider than a screen: the most frequent confusions are listed instead.
    private const int _maxTableClasses = 16;
    private const int _listedConfusions = 10;

    public static void Write(IAnsiConsole console, MulticlassClassificationMetrics metrics, IReadOnlyList<string> classes)
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("Held-out pictures", "");
        table.AddRow("Micro accuracy", $"{100 * metrics.MicroAccuracy:F2}%");
        table.AddRow("Macro accuracy", $"{100 * metrics.MacroAccuracy:F2}%");
        table.AddRow("Log loss", $"{metrics.LogLoss:F4}");
        table.AddRow("Log loss reduction", $"{metrics.LogLossReduction:F4}");
        console.Write(table);
        if (classes.Count <= _maxTableClasses)
        {
            console.WriteLine("Confusion (rows: true class, columns: predicted class)");
            console.Write(CreateConfusionTable(metrics.ConfusionMatrix, classes));
        }
        else
        {
            console.WriteLine("Most frequent confusions");
            console.Write(CreateConfusionList(metrics.ConfusionMatrix, classes));
        }
    }

    private static Table CreateConfusionTable(ConfusionMatrix matrix, IReadOnlyList<string> classes)
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumn("");
        foreach (string name in classes)
            table.AddColumn(new TableColumn(new Text(name)).RightAligned());
        table.AddColumn(new TableColumn("Recall").RightAligned());
        for (int actual = 0; actual < classes.Count; actual++)
        {
            IEnumerable<string> counts = matrix.Counts[actual].Select((count, predicted) => Cell(count, isRight: predicted == actual));
            table.AddRow([Markup.Escape(classes[actual]), .. counts, $"{100 * matrix.PerClassRecall[actual]:F1}%"]);
        }
        return table;
    }

    private static string Cell(double count, bool isRight) => (count, isRight) switch
    {
        (0, _) => "[dim]·[/]",
        (_, true) => $"[green]{count:F0}[/]",
        _ => $"[red]{count:F0}[/]",
    };

    private static Table CreateConfusionList(ConfusionMatrix matrix, IReadOnlyList<string> classes)
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("True class", "Predicted", "Pictures");
        var confusions =
            from actual in Enumerable.Range(0, classes.Count)
            from predicted in Enumerable.Range(0, classes.Count)
            where actual != predicted && matrix.Counts[actual][predicted] > 0
            orderby matrix.Counts[actual][predicted] descending
            select (actual, predicted);
        foreach ((int actual, int predicted) in confusions.Take(_listedConfusions))
            table.AddRow(Markup.Escape(classes[actual]), Markup.Escape(classes[predicted]), $"{matrix.Counts[actual][predicted]:F0}");
        return table;
    }
}
