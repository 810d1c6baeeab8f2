namespace Microsoft.ML.Snn;

/// <summary>One event of an event camera: a pixel saw its brightness change by more than its threshold.</summary>
/// <param name="Time">Time stamp in microseconds, of the camera's clock.</param>
/// <param name="X">Column of the pixel, from 0.</param>
/// <param name="Y">Row of the pixel, from 0, as the file counts it.</param>
/// <param name="On">True for an increase of brightness (ON), false for a decrease (OFF).</param>
public readonly record struct PolarityEvent(long Time, ushort X, ushort Y, bool On);
