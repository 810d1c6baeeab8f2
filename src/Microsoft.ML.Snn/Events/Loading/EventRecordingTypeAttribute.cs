using Microsoft.ML.Data;

namespace Microsoft.ML.Snn;

/// <summary>
/// Marks a member of type <see cref="EventRecording"/> of a row class, so that the member becomes a column of recordings: in
/// LoadFromEnumerable and CreateEnumerable, and in the rows of a prediction engine.
/// </summary>
public sealed class EventRecordingTypeAttribute : DataViewTypeAttribute
{
    /// <inheritdoc/>
    public override bool Equals(DataViewTypeAttribute? other) => other is EventRecordingTypeAttribute;

    /// <inheritdoc/>
    public override int GetHashCode() => typeof(EventRecordingTypeAttribute).GetHashCode();

    /// <inheritdoc/>
    public override void Register() => DataViewTypeManager.Register(new EventRecordingDataViewType(), typeof(EventRecording), this);
}
