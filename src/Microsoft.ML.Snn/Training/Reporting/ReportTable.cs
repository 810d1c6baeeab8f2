namespace Microsoft.ML.Snn.Training.Reporting;

/// <summary>Tables whose first column names the rows. Where they are too wide, they scroll by themselves.</summary>
internal static class ReportTable
{
    /// <param name="label">What the table is, for those who do not see it.</param>
    /// <param name="head">Names of the columns.</param>
    /// <param name="rows">Cells.</param>
    /// <param name="isText">Whether the cells are text, and not numbers.</param>
    public static Html Draw(string label, string[] head, IEnumerable<string[]> rows, bool isText = false) => $"""
        <div class="scroll" tabindex="0" role="region" aria-label="{label}"><table class="{(isText ? "text" : "numbers")}">
        <thead><tr>{Html.Each(head, name => $"""<th scope="col">{name}</th>""")}</tr></thead>
        <tbody>
        {Html.Each(rows, Row)}</tbody></table></div>

        """;

    /// <summary>Two columns without a head.</summary>
    public static Html Facts(string label, IEnumerable<(string Name, string Value)> facts) => $"""
        <div class="scroll" tabindex="0" role="region" aria-label="{label}"><table class="text"><tbody>
        {Html.Each(facts, fact => Row([fact.Name, fact.Value]))}</tbody></table></div>

        """;

    private static Html Row(string[] cells) => $"""
        <tr><th scope="row">{cells[0]}</th>{Html.Each(cells.Skip(1), cell => $"<td>{cell}</td>")}</tr>

        """;
}
