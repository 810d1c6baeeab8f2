namespace Microsoft.ML.Snn.Events.Formats;

/// <summary>
/// Widens a counter of fewer bits to 64: each value is taken as the one nearest to the value before that has these low bits, so the
/// counter may wrap, and may step back a little.
/// </summary>
internal struct WrappingClock(int bits)
{
    private readonly int _unused = 32 - bits;
    private uint _last;
    private bool _isSet;

    public long Value { get; private set; }

    /// <param name="counter">Its bits above the counter's are 0.</param>
    public void Update(uint counter)
    {
        // Shifted to the top, the difference of two counters is one of signed 32-bit numbers.
        Value = _isSet ? Value + ((int)((counter - _last) << _unused) >> _unused) : counter;
        _last = counter;
        _isSet = true;
    }
}
