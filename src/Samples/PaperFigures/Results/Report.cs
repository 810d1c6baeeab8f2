using System.Text;
using PaperFigures.Figures;

namespace PaperFigures.Results;

/// <summary>The report: every figure, its numbers beside theory, and whether the paper's claim is seen.</summary>
internal static class Report
{
    public const string FileName = "report.md";

    /// <param name="folder">Where the figures are.</param>
    /// <param name="introduction">What was measured on, and how much.</param>
    /// <param name="figures">The figures, and the names of their files without extensions.</param>
    /// <param name="result">The last line of the run.</param>
    public static void Write(
        string folder, string introduction, IReadOnlyList<(IFigure Figure, string File, FigureResult Result)> figures, string result)
    {
        var text = new StringBuilder();
        text.Append("# What the paper on STBP-tdBN says, measured\n\n").Append(introduction).Append("\n\n");
        text.Append("| figure | seen? |\n|---|---|\n");
        foreach ((IFigure figure, string file, FigureResult found) in figures)
            text.Append($"| [({figure.Letter}) {figure.Title}](#{file}) | {found.Seen.Split(':')[0]} |\n");
        foreach ((IFigure figure, string file, FigureResult found) in figures)
        {
            text.Append($"\n<a id=\"{file}\"></a>\n\n## ({figure.Letter}) {figure.Title}\n\n![{figure.Title}]({file}.svg)\n\n");
            text.Append($"The paper: {found.Claim}\n\n{found.Method}\n\n");
            text.Append($"{found.Seen}\n\n");
            text.Append($"| {string.Join(" | ", found.Numbers.Columns)} |\n|{string.Concat(found.Numbers.Columns.Select(_ => "---|"))}\n");
            foreach (TableRow row in found.Numbers.Rows)
                text.Append($"| {string.Join(" | ", row.Cells)} |\n");
            text.Append($"\nAll numbers: [{file}.csv]({file}.csv); the picture in pixels: [{file}.png]({file}.png).\n");
        }
        text.Append($"\n    {result}\n");
        File.WriteAllText(Path.Combine(folder, FileName), text.ToString());
    }
}
