namespace Microsoft.ML.Snn;

/// <summary>How the equations of a NIR graph, which are of continuous time, become time steps.</summary>
public enum NirDiscretization
{
    /// <summary>
    /// Forward Euler, as snnTorch, SpikingJelly and Norse do: <c>v[t] = v[t-1] + dt / tau * (v_leak - v[t-1] + r x[t])</c>. A neuron leaks
    /// to 1 - dt / tau in a step; tau is at least dt.
    /// </summary>
    ForwardEuler = 0,

    /// <summary>The exact solution for an input that is constant within a step: a neuron leaks to exp(-dt / tau).</summary>
    Exponential = 1,
}
