using System.Globalization;

namespace PaperFigures.Results;

/// <summary>A row of a <see cref="Table"/>.</summary>
internal readonly struct TableRow(Table table, string[] cells)
{
    public IReadOnlyList<string> Cells => cells;

    public string Text(string column) => cells[Index(column)];

    public double Number(string column) => double.Parse(Text(column), CultureInfo.InvariantCulture);

    private int Index(string column)
    {
        for (int i = 0; i < table.Columns.Count; i++)
        {
            if (table.Columns[i] == column)
                return i;
        }
        throw new KeyNotFoundException($"The table has no column '{column}'.");
    }
}
