using Microsoft.ML.Data;

namespace Microsoft.ML.Snn;

/// <summary>
/// Marks a member of type <see cref="EventRecording"/> of a row class, so that the member becomes a column of recordings: in
/// LoadFromEnumerable and CreateEnumerable, and in the rows of a prediction engine.
/// </summary>
public sealed class EventRecordingTypeAttribute : DataViewTypeAttribute
{
    /// <summary>Whether the other attribute marks recordings as well.</summary>
    /// <param name="other">The other attribute.</param>
    public override bool Equals(DataViewTypeAttribute? other) => other is EventRecordingTypeAttribute;

    /// <summary>The same number for every instance.</summary>
    public override int GetHashCode() => typeof(EventRecordingTypeAttribute).GetHashCode();

    /// <summary>Tells ML.NET that <see cref="EventRecording"/> stands for <see cref="EventRecordingDataViewType"/>.</summary>
    public override void Register() => DataViewTypeManager.Register(new EventRecordingDataViewType(), typeof(EventRecording), this);
}
