using System.Globalization;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Snn.Training.Reporting;

/// <summary>A channel that passes everything on, and gives warnings to somebody else too. The inner one is its owner's to close.</summary>
internal sealed class NotedChannel(IChannel inner, Action<string> noteWarning) : IChannel
{
    public string ContextDescription => inner.ContextDescription;

    public TException Process<TException>(TException ex)
        where TException : Exception => inner.Process(ex);

    public void Send(ChannelMessage msg)
    {
        if (msg.Kind == ChannelMessageKind.Warning)
            noteWarning(msg.Message);
        inner.Send(msg);
    }

    public void Dispose()
    {
    }

    public void Trace(MessageSensitivity sensitivity, string fmt) => inner.Trace(sensitivity, fmt);

    public void Trace(MessageSensitivity sensitivity, string fmt, params object[] args) => inner.Trace(sensitivity, fmt, args);

    public void Error(MessageSensitivity sensitivity, string fmt) => inner.Error(sensitivity, fmt);

    public void Error(MessageSensitivity sensitivity, string fmt, params object[] args) => inner.Error(sensitivity, fmt, args);

    public void Warning(MessageSensitivity sensitivity, string fmt)
    {
        noteWarning(fmt);
        inner.Warning(sensitivity, fmt);
    }

    public void Warning(MessageSensitivity sensitivity, string fmt, params object[] args)
    {
        noteWarning(string.Format(CultureInfo.InvariantCulture, fmt, args));
        inner.Warning(sensitivity, fmt, args);
    }

    public void Info(MessageSensitivity sensitivity, string fmt) => inner.Info(sensitivity, fmt);

    public void Info(MessageSensitivity sensitivity, string fmt, params object[] args) => inner.Info(sensitivity, fmt, args);
}
