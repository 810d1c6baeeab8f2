using System.Collections.Immutable;

namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>Records read one after another, each with some or all parts of one event.</summary>
internal sealed record NumPySource(EventFileInput Input, int RecordSize, ImmutableArray<TablePart> Parts);
