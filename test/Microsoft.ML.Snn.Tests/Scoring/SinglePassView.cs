using Microsoft.ML.Data;

namespace Microsoft.ML.Snn.Tests.Scoring;

/// <summary>Counts how often rows are read.</summary>
internal sealed class SinglePassView(IDataView view) : IDataView
{
    public int Passes { get; private set; }

    public bool CanShuffle => false;

    public DataViewSchema Schema => view.Schema;

    public long? GetRowCount() => view.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        Passes++;
        return view.GetRowCursor(columnsNeeded, rand);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}
