using System.Numerics;
using Microsoft.ML.Snn.Torch;

namespace Microsoft.ML.Snn.Network;

/// <summary>
/// The LIF recursion and its gradient over float32 memory [T, S], S values a step, with SIMD on all cores. Multiplies and adds are
/// rounded apart, never fused: so the spikes are those of torch operations to the last bit.
/// </summary>
internal static unsafe class LifKernel
{
    /// <summary>Values a piece of parallel work covers; a multiple of every vector length.</summary>
    private const int Grain = 1 << 14;

    /// <summary>
    /// Writes the spikes [T, S] for the current [T, S] ([S] where static) and returns how many there are.
    /// </summary>
    public static long Forward(float* current, float* spikes, long size, int timeSteps, bool isStatic, LifNeuronOptions neuron)
    {
        long step = isStatic ? 0 : size;
        (float decay, float threshold, int maxSpikes) = ((float)neuron.Decay, (float)neuron.Threshold, neuron.MaxSpikes);
        long total = 0;
        ParallelRange.For(size, Grain, (start, end) =>
        {
            long count = 0;
            long i = start;
            for (; i <= end - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector<float> u = Vector<float>.Zero;
                Vector<int> fired = Vector<int>.Zero;
                Vector<int> firings = Vector<int>.Zero;
                for (int t = 0; t < timeSteps; t++)
                {
                    u = Vector.AndNot(u * decay, fired.As<int, float>()) + Vector.Load(current + t * step + i); // Eq. 1-2
                    fired = Vector.GreaterThan(u, new Vector<float>(threshold)); // Eq. 3
                    Vector<int> sent = -fired;
                    for (int spike = 2; spike <= maxSpikes; spike++)
                        sent -= Vector.GreaterThan(u, new Vector<float>(threshold * (2 * spike - 1)));
                    Vector.ConvertToSingle(sent).Store(spikes + t * size + i);
                    firings += sent;
                }
                count += Vector.Sum(firings);
            }
            for (; i < end; i++)
            {
                float u = 0;
                bool fired = false;
                for (int t = 0; t < timeSteps; t++)
                {
                    u = (fired ? 0 : u * decay) + current[t * step + i];
                    fired = u > threshold;
                    int sent = fired ? 1 : 0;
                    for (int spike = 2; spike <= maxSpikes; spike++)
                        sent += u > threshold * (2 * spike - 1) ? 1 : 0;
                    spikes[t * size + i] = sent;
                    count += sent;
                }
            }
            Interlocked.Add(ref total, count);
        });
        return total;
    }

    /// <summary>
    /// Writes the gradient by the current ([T, S], or [S] where static) for the gradient by the spikes [T, S], to each of which a penalty's
    /// is added. The surrogate is the rectangle: this trains the head's hidden layer alone, which is too small to gain from kernels for
    /// other shapes.
    /// </summary>
    public static void Backward(
        float* current, float* spikeGradient, float* gradient, long size, int timeSteps, bool isStatic, LifNeuronOptions neuron,
        float penaltyGradient = 0)
    {
        long step = isStatic ? 0 : size;
        (float decay, float threshold) = ((float)neuron.Decay, (float)neuron.Threshold);
        (float slope, float halfWidth) = ((float)(1 / neuron.SurrogateWidth), (float)(neuron.SurrogateWidth / 2));
        (bool detachReset, int maxSpikes) = (neuron.DetachReset, neuron.MaxSpikes);
        ParallelRange.For(size, Grain, (start, end) =>
        {
            Vector<float>* us = stackalloc Vector<float>[timeSteps];
            long i = start;
            for (; i <= end - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector<float> u = Vector<float>.Zero;
                Vector<int> fired = Vector<int>.Zero;
                for (int t = 0; t < timeSteps; t++)
                {
                    us[t] = u = Vector.AndNot(u * decay, fired.As<int, float>()) + Vector.Load(current + t * step + i);
                    fired = Vector.GreaterThan(u, new Vector<float>(threshold));
                }
                Vector<float> carried = Vector<float>.Zero;
                Vector<float> sum = Vector<float>.Zero;
                for (int t = timeSteps - 1; t >= 0; t--)
                {
                    u = us[t];
                    fired = Vector.GreaterThan(u, new Vector<float>(threshold));
                    Vector<float> distance = Vector.Abs(u - new Vector<float>(threshold));
                    Vector<float> inWindow = Vector.LessThan(distance, new Vector<float>(halfWidth)).As<int, float>(); // the rectangle
                    Vector<float> outer = Vector.Load(spikeGradient + t * size + i);
                    if (penaltyGradient != 0)
                        outer += new Vector<float>(penaltyGradient);
                    Vector<float> throughSpike = outer;
                    if (!detachReset)
                        throughSpike -= carried * u;
                    // dL/du[t] = dL/do[t] do/du + dL/du[t+1] (tau (1 - o[t]) - tau u[t] do/du) (Eq. 13-14), carried being tau dL/du[t+1]
                    Vector<float> du = (throughSpike * slope & inWindow) + Vector.AndNot(carried, fired.As<int, float>());
                    for (int spike = 2; spike <= maxSpikes; spike++)
                    {
                        distance = Vector.Abs(u - new Vector<float>(threshold * (2 * spike - 1)));
                        du += outer * slope & Vector.LessThan(distance, new Vector<float>(halfWidth)).As<int, float>();
                    }
                    carried = du * decay;
                    sum += du;
                    if (!isStatic)
                        du.Store(gradient + t * size + i);
                }
                if (isStatic)
                    sum.Store(gradient + i);
            }
            float* u1 = (float*)us;
            for (; i < end; i++)
            {
                float u = 0;
                for (int t = 0; t < timeSteps; t++)
                    u1[t] = u = (u > threshold ? 0 : u * decay) + current[t * step + i];
                float carried = 0;
                float sum = 0;
                for (int t = timeSteps - 1; t >= 0; t--)
                {
                    u = u1[t];
                    float outer = spikeGradient[t * size + i];
                    if (penaltyGradient != 0)
                        outer += penaltyGradient;
                    float throughSpike = outer - (detachReset ? 0 : carried * u);
                    float du = (MathF.Abs(u - threshold) < halfWidth ? throughSpike * slope : 0) + (u > threshold ? 0 : carried);
                    for (int spike = 2; spike <= maxSpikes; spike++)
                        du += MathF.Abs(u - threshold * (2 * spike - 1)) < halfWidth ? outer * slope : 0;
                    carried = du * decay;
                    sum += du;
                    if (!isStatic)
                        gradient[t * size + i] = du;
                }
                if (isStatic)
                    gradient[i] = sum;
            }
        });
    }
}
