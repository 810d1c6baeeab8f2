using System.Globalization;
using System.Text;

namespace PaperFigures.Results;

/// <summary>Rows of text and numbers, as a CSV file holds them.</summary>
/// <param name="columns">Names of the columns.</param>
internal sealed class Table(params IReadOnlyList<string> columns)
{
    private readonly List<string[]> _rows = [];

    public IReadOnlyList<string> Columns { get; } = columns;

    public IReadOnlyList<TableRow> Rows => [.. _rows.Select(cells => new TableRow(this, cells))];

    /// <summary>Adds a row: text, numbers with all of their digits, and <see cref="Spread"/>s, which take three columns each.</summary>
    public void Add(params ReadOnlySpan<object> cells)
    {
        var texts = new List<string>();
        foreach (object cell in cells)
        {
            if (cell is Spread spread)
                texts.AddRange([Text(spread.Mean), Text(spread.Low), Text(spread.High)]);
            else
                texts.Add(Text(cell));
        }
        AddCells([.. texts]);

        static string Text(object cell) => Convert.ToString(cell, CultureInfo.InvariantCulture)!;
    }

    /// <summary>Writes a CSV file under another name first, so that an interrupted run leaves none that looks whole.</summary>
    /// <param name="path">The file.</param>
    /// <param name="comment">A first line, behind a #; null for none.</param>
    public void Save(string path, string? comment = null)
    {
        var text = new StringBuilder();
        if (comment is not null)
            text.Append("# ").Append(comment.ReplaceLineEndings(" ")).Append('\n');
        text.AppendJoin(',', Columns.Select(Quoted)).Append('\n');
        foreach (string[] row in _rows)
            text.AppendJoin(',', row.Select(Quoted)).Append('\n');
        string partial = path + ".partial";
        File.WriteAllText(partial, text.ToString());
        File.Move(partial, path, overwrite: true);
    }

    /// <exception cref="InvalidDataException">The file is not such a table.</exception>
    public static Table Load(string path)
    {
        string[] lines = [.. File.ReadAllLines(path).Where(line => !line.StartsWith('#'))];
        if (lines.Length == 0)
            throw new InvalidDataException($"'{path}' is empty. Delete it: the next run makes it again.");
        var table = new Table(Split(lines[0]));
        foreach (string line in lines[1..])
        {
            string[] cells = Split(line);
            if (cells.Length != table.Columns.Count)
                throw new InvalidDataException($"'{path}' has a row of {cells.Length} cells. Delete it: the next run makes it again.");
            table.AddCells(cells);
        }
        return table;
    }

    private void AddCells(string[] cells) => _rows.Add(cells.Length == Columns.Count
        ? cells : throw new ArgumentException($"A row of {cells.Length} cells does not fit {Columns.Count} columns."));

    private static string Quoted(string cell) => cell.Contains(',') || cell.Contains('"') ? $"\"{cell.Replace("\"", "\"\"")}\"" : cell;

    private static string[] Split(string line)
    {
        var cells = new List<string>();
        var cell = new StringBuilder();
        bool isQuoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            if (isQuoted && line[i] == '"' && i + 1 < line.Length && line[i + 1] == '"')
                cell.Append(line[++i]);
            else if (line[i] == '"')
                isQuoted = !isQuoted;
            else if (line[i] == ',' && !isQuoted)
                AddCell();
            else
                cell.Append(line[i]);
        }
        AddCell();
        return [.. cells];

        void AddCell()
        {
            cells.Add(cell.ToString());
            cell.Clear();
        }
    }
}
