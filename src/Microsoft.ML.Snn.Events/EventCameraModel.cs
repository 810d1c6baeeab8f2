namespace Microsoft.ML.Snn;

/// <summary>
/// The cameras whose AEDAT 2.0 recordings can be read, by the names of jAER's classes. The DAVIS cameras and the DVXplorer share one
/// layout of addresses.
/// </summary>
public enum EventCameraModel
{
    /// <summary>DVS128, 128 x 128 pixels.</summary>
    Dvs128 = 0,

    /// <summary>DAVIS128, 128 x 128 pixels.</summary>
    Davis128 = 1,

    /// <summary>DAVIS208, 208 x 192 pixels, whose polarity bit is the wrong way round.</summary>
    Davis208 = 2,

    /// <summary>DAVIS240 (A to C) and DVS240, 240 x 180 pixels.</summary>
    Davis240 = 3,

    /// <summary>DAVIS346, 346 x 260 pixels; also what the simulator v2e writes for it.</summary>
    Davis346 = 4,

    /// <summary>DAVIS640 and CDAVIS, 640 x 480 pixels.</summary>
    Davis640 = 5,

    /// <summary>DVXplorer, 640 x 480 pixels or fewer.</summary>
    DVXplorer = 6,

    /// <summary>jAER's DVS640, 640 x 480 pixels.</summary>
    Dvs640 = 7,

    /// <summary>jAER's DVS1280x720SD, 1280 x 720 pixels.</summary>
    Dvs1280x720 = 8,
}
