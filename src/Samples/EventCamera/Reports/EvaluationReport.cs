using Microsoft.ML.Data;
using Spectre.Console;

namespace EventCamera.Reports;

/// <summary>ML.NET's metrics on the console.</summary>
internal static class EvaluationReport
{
    public static void Write(IAnsiConsole console, MulticlassClassificationMetrics metrics, IReadOnlyList<string> classes, int recordings)
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns($"{recordings} held-out recordings", "");
        table.AddRow("Micro accuracy", $"{100 * metrics.MicroAccuracy:F2}%");
        table.AddRow("Macro accuracy", $"{100 * metrics.MacroAccuracy:F2}%");
        table.AddRow("Log loss", $"{metrics.LogLoss:F4}");
        for (int c = 0; c < classes.Count; c++)
            table.AddRow($"Recall of {Markup.Escape(classes[c])}", $"{100 * metrics.ConfusionMatrix.PerClassRecall[c]:F1}%");
        console.Write(table);
    }
}
