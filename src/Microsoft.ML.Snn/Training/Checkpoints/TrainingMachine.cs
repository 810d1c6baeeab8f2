using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Text;
using TorchSharp;

namespace Microsoft.ML.Snn.Training.Checkpoints;

/// <summary>
/// What of a machine decides the last bits of a training: in what order and with which instructions torch's libraries add. The same run on
/// another one learns the same, but not to the same weights.
/// </summary>
internal static class TrainingMachine
{
    // By these, the libraries can be told to use fewer instructions than the processor has.
    private static readonly string[] _limits =
        ["ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY", "MKL_ENABLE_INSTRUCTIONS", "MKL_CBWR"];

    /// <summary>Number of threads, processor, widest vectors and library, as text to compare and to show.</summary>
    public static string Describe()
    {
        int threads = torch.get_num_threads();
        var text = new StringBuilder($"{threads} {(threads == 1 ? "thread" : "threads")} on {Processor()}, vectors of {VectorBits()} bits");
        text.Append(CultureInfo.InvariantCulture,
            $", {RuntimeInformation.ProcessArchitecture}, TorchSharp {typeof(torch).Assembly.GetName().Version}");
        foreach (string name in _limits)
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
                text.Append(CultureInfo.InvariantCulture, $", {name}={value}");
        }
        return text.ToString();
    }

    private static int VectorBits() => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    /// <summary>On x86 maker, family, model and the instructions by which libraries choose their kernels.</summary>
    private static string Processor()
    {
        if (!X86Base.IsSupported)
            return "this processor";
        (int highest, int ebx, int ecx, int edx) = X86Base.CpuId(0, 0);
        string maker = Encoding.ASCII.GetString(MemoryMarshal.AsBytes<int>([ebx, edx, ecx]));
        (int signature, _, _, _) = X86Base.CpuId(1, 0);
        int family = (signature >> 8 & 15) + (signature >> 20 & 255), model = signature >> 4 & 15 | signature >> 12 & 240;
        string instructions = highest < 7 ? "" : string.Join(" ", Instructions());
        return FormattableString.Invariant($"{maker} {family}/{model} ({instructions})");
    }

    private static IEnumerable<string> Instructions()
    {
        (int most, int ebx, int ecx, int edx) = X86Base.CpuId(7, 0);
        (int more, _, _, _) = most < 1 ? default : X86Base.CpuId(7, 1);
        (string Name, int Register, int Bit)[] known =
        [
            ("AVX2", ebx, 5), ("AVX-512", ebx, 16), ("AVX-512-VNNI", ecx, 11), ("AVX-512-BF16", more, 5), ("AVX-VNNI", more, 4),
            ("AMX-BF16", edx, 22),
        ];
        return known.Where(instruction => (instruction.Register >> instruction.Bit & 1) != 0).Select(instruction => instruction.Name);
    }
}
