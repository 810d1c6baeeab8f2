using Microsoft.ML.Data;

namespace Microsoft.ML.Snn;

/// <summary>
/// The type of a column whose values are recordings of an event camera, <see cref="EventRecording"/>. A missing recording is null.
/// </summary>
public sealed class EventRecordingDataViewType : StructuredDataViewType
{
    /// <summary>Creates the type; there is but one, whatever the camera.</summary>
    public EventRecordingDataViewType()
        : base(typeof(EventRecording))
    {
    }

    /// <inheritdoc/>
    public override bool Equals(DataViewType? other) => other is EventRecordingDataViewType;

    /// <inheritdoc/>
    public override int GetHashCode() => typeof(EventRecordingDataViewType).GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => "EventRecording";
}
