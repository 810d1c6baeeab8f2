using System.Numerics;

namespace Microsoft.ML.Snn.Engine.Layout;

/// <summary>
/// Spikes of one layer in one time step, a bit each: [H, W, words], where bit c % 64 of word c / 64 is channel c. Where neurons send
/// several spikes at once, there is one such map for each bit of their number, the lowest first: [slots, H, W, words].
/// </summary>
internal static class SpikeBits
{
    public static int WordsFor(int channels) => (channels + 63) / 64;

    /// <param name="spikes">The maps of all slots.</param>
    /// <param name="slots">Their number.</param>
    public static int Count(ReadOnlySpan<ulong> spikes, int slots)
    {
        int count = 0, length = spikes.Length / slots;
        for (int slot = 0; slot < slots; slot++)
        {
            int fired = 0;
            foreach (ulong word in spikes.Slice(slot * length, length))
                fired += BitOperations.PopCount(word);
            count += fired << slot;
        }
        return count;
    }

    /// <summary>Neurons that send different numbers of spikes.</summary>
    public static int CountDifferences(ReadOnlySpan<ulong> spikes, ReadOnlySpan<ulong> others, int slots)
    {
        int differences = 0, length = spikes.Length / slots;
        for (int i = 0; i < length; i++)
        {
            ulong differs = 0;
            for (int slot = 0; slot < slots; slot++)
                differs |= spikes[slot * length + i] ^ others[slot * length + i];
            differences += BitOperations.PopCount(differs);
        }
        return differences;
    }

    /// <summary>Whether each neuron fired: [C, H, W].</summary>
    /// <exception cref="ArgumentException">The destination has another length than there are neurons.</exception>
    public static void CopyTo(ReadOnlySpan<ulong> spikes, int slots, SpikingLayerShape shape, Span<bool> destination)
    {
        shape.CheckLength(destination.Length, nameof(destination));
        destination.Clear();
        int pixels = shape.Height * shape.Width, words = WordsFor(shape.Channels), length = spikes.Length / slots;
        for (int i = 0; i < spikes.Length; i++)
        {
            int pixel = i % length / words, first = i % length % words * 64;
            for (ulong bits = spikes[i]; bits != 0; bits &= bits - 1)
                destination[(first + BitOperations.TrailingZeroCount(bits)) * pixels + pixel] = true;
        }
    }

    /// <summary>The number of spikes of each neuron: [C, H, W].</summary>
    /// <exception cref="ArgumentException">The destination has another length than there are neurons.</exception>
    public static void CopyTo(ReadOnlySpan<ulong> spikes, int slots, SpikingLayerShape shape, Span<byte> destination)
    {
        shape.CheckLength(destination.Length, nameof(destination));
        destination.Clear();
        int pixels = shape.Height * shape.Width, words = WordsFor(shape.Channels), length = spikes.Length / slots;
        for (int i = 0; i < spikes.Length; i++)
        {
            int pixel = i % length / words, first = i % length % words * 64;
            for (ulong bits = spikes[i]; bits != 0; bits &= bits - 1)
                destination[(first + BitOperations.TrailingZeroCount(bits)) * pixels + pixel] += (byte)(1 << i / length);
        }
    }
}
