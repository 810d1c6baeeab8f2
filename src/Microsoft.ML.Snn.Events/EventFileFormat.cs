namespace Microsoft.ML.Snn;

/// <summary>The file formats of event-camera recordings that <see cref="EventFileReader"/> reads.</summary>
public enum EventFileFormat
{
    /// <summary>
    /// AEDAT 2.0 (jAER). The camera is named by <see cref="EventReadOptions.Camera"/> or the header's AEChip line; without both, only
    /// recordings whose addresses a DVS128 can have are read.
    /// </summary>
    Aedat2 = 0,

    /// <summary>AEDAT 3.1 (cAER, DVS128 Gesture): polarity packets of the first source that has any.</summary>
    Aedat31 = 1,

    /// <summary>AEDAT 4.0 (DV): the first event stream; packets plain or compressed by LZ4 or ZSTD.</summary>
    Aedat4 = 2,

    /// <summary>The five-byte events of N-MNIST and N-Caltech101, .bin or .bs2; no header.</summary>
    NMnist = 3,

    /// <summary>Prophesee DAT, versions 1 and 2.</summary>
    Dat = 4,

    /// <summary>Prophesee RAW, encoding EVT 2.0, little-endian.</summary>
    Evt2 = 5,

    /// <summary>Prophesee RAW, encoding EVT 3.0, little-endian.</summary>
    Evt3 = 6,

    /// <summary>
    /// NumPy .npy or .npz: a structured array with the fields t, x, y and p, a table of four columns, or (.npz) one array for each of them;
    /// or the arrays pos and neg of ES-ImageNet, whose times are its steps, 1 to 8. Times are whole microseconds unless the type of t has
    /// another unit or <see cref="EventReadOptions.TimeUnit"/> names one; polarities are 0 or -1 (OFF) and 1 (ON).
    /// </summary>
    NumPy = 7,

    /// <summary>
    /// Prophesee RAW, encoding EVT 2.1, in little-endian words of 64 bits or in the older order ("legacy"), the upper 32 bits first. The
    /// header names the order; where it does not, the words themselves tell it.
    /// </summary>
    Evt21 = 8,

    /// <summary>Prophesee RAW, encoding EVT 4, little-endian.</summary>
    Evt4 = 11,

    /// <summary>
    /// Text or CSV, an event a line: t, x, y and p, between spaces, tabs, commas or semicolons, or in the order of a line that names the
    /// columns. Comments begin with #. Times are whole microseconds unless <see cref="EventReadOptions.TimeUnit"/> names another unit.
    /// </summary>
    Text = 9,

    /// <summary>
    /// HDF5 of Prophesee's Metavision and others, which the package Microsoft.ML.Snn.Events.Hdf5 reads once it is registered.
    /// </summary>
    Hdf5 = 10,
}
