using Microsoft.ML.Data;

namespace Microsoft.ML.Snn;

/// <summary>
/// The type of a column whose values are recordings of an event camera, <see cref="EventRecording"/>. A missing recording is null.
/// </summary>
public sealed class EventRecordingDataViewType : StructuredDataViewType
{
    /// <summary>Creates the type; all instances are equal, whatever the camera.</summary>
    public EventRecordingDataViewType()
        : base(typeof(EventRecording))
    {
    }

    /// <summary>Whether the other type is the type of recordings as well.</summary>
    /// <param name="other">The other type.</param>
    public override bool Equals(DataViewType? other) => other is EventRecordingDataViewType;

    /// <summary>The same number for every instance.</summary>
    public override int GetHashCode() => typeof(EventRecordingDataViewType).GetHashCode();

    /// <summary>The name that ML.NET's messages give this type: "EventRecording".</summary>
    public override string ToString() => "EventRecording";
}
