using Microsoft.ML.Runtime;

namespace Microsoft.ML.Snn.Training.Reporting;

/// <summary>A channel for those who leave talking to another one.</summary>
/// <param name="inner">Says who it is; it is told nothing.</param>
internal sealed class SilentChannel(IChannel inner) : IChannel
{
    public string ContextDescription => inner.ContextDescription;

    public TException Process<TException>(TException ex)
        where TException : Exception => inner.Process(ex);

    public void Send(ChannelMessage msg)
    {
    }

    public void Dispose()
    {
    }

    public void Trace(MessageSensitivity sensitivity, string fmt)
    {
    }

    public void Trace(MessageSensitivity sensitivity, string fmt, params object[] args)
    {
    }

    public void Error(MessageSensitivity sensitivity, string fmt)
    {
    }

    public void Error(MessageSensitivity sensitivity, string fmt, params object[] args)
    {
    }

    public void Warning(MessageSensitivity sensitivity, string fmt)
    {
    }

    public void Warning(MessageSensitivity sensitivity, string fmt, params object[] args)
    {
    }

    public void Info(MessageSensitivity sensitivity, string fmt)
    {
    }

    public void Info(MessageSensitivity sensitivity, string fmt, params object[] args)
    {
    }
}
