namespace Microsoft.ML.Snn.Tests.Conformance;

/// <summary>A view that notes which columns are asked for.</summary>
internal sealed class CountingView(IDataView view) : IDataView
{
    private readonly HashSet<string> _requested = [];

    public IReadOnlySet<string> Requested => _requested;

    public bool CanShuffle => view.CanShuffle;

    public DataViewSchema Schema => view.Schema;

    public long? GetRowCount() => view.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        view.GetRowCursor(Note(columnsNeeded), rand);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        view.GetRowCursorSet(Note(columnsNeeded), n, rand);

    private DataViewSchema.Column[] Note(IEnumerable<DataViewSchema.Column> columns)
    {
        DataViewSchema.Column[] needed = [.. columns];
        _requested.UnionWith(needed.Select(column => column.Name));
        return needed;
    }
}
