using System.Diagnostics;
using System.Globalization;

namespace Microsoft.ML.Snn.Benchmarks.Training;

/// <summary>A process that trains a step when told to: see <see cref="StepServer"/>.</summary>
internal sealed class Contender : IDisposable
{
    private readonly Process _process;
    private readonly List<double> _milliseconds = [];

    /// <summary>Starts it and waits until it has warmed up.</summary>
    /// <exception cref="InvalidOperationException">It cannot start; the message is the last line of what it said.</exception>
    public Contender(string name, string program, params string[] arguments)
    {
        Name = name;
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        // On a larger machine, too, everyone has as many threads: torch is told, .NET's thread pool goes by this.
        start.Environment["DOTNET_PROCESSOR_COUNT"] = TrainingCase.Threads.ToString(CultureInfo.InvariantCulture);
        _process = Process.Start(start)!;
        string complaint = "";
        _process.ErrorDataReceived += (_, line) => complaint = string.IsNullOrWhiteSpace(line.Data) ? complaint : line.Data;
        _process.BeginErrorReadLine();
        if (_process.StandardOutput.ReadLine()?.Split(' ') is ["ready", string kibibytes])
        {
            RestingMebibytes = double.Parse(kibibytes, CultureInfo.InvariantCulture) / 1024;
            return;
        }
        _process.WaitForExit();
        throw new InvalidOperationException(complaint);
    }

    public string Name { get; }

    public double Median => _milliseconds.Order().ElementAt(_milliseconds.Count / 2);

    public double Fastest => _milliseconds.Min();

    /// <summary>Peak resident memory before the first step.</summary>
    public double RestingMebibytes { get; }

    public double PeakMebibytes { get; private set; }

    public void Step()
    {
        _process.StandardInput.WriteLine("step");
        _milliseconds.Add(double.Parse(_process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture));
    }

    public void Finish()
    {
        _process.StandardInput.WriteLine("quit");
        PeakMebibytes = double.Parse(_process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture) / 1024;
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
