namespace WebApp.Models;

/// <summary>What the log says of the models' files.</summary>
internal sealed partial class ModelLog(ILogger<ModelLog> logger)
{
    [LoggerMessage(Level = LogLevel.Information,
        Message = "Model {Path}: {Classes} classes, {TimeSteps} time steps, {Parameters} parameters")]
    public partial void Loaded(string path, int classes, int timeSteps, long parameters);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "There is no {Path} yet: make it with 'dotnet run -c Release --project src/Samples/{Maker}' in the repository's "
            + "folder, or name another one ({Setting})")]
    public partial void Missing(string path, string maker, string setting);

    [LoggerMessage(Level = LogLevel.Error, Message = "Model {Path} cannot be used; the one before stays")]
    public partial void Refused(Exception exception, string path);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "Model {Path} has not been loaded within {Timeout} (Service:ModelLoadTimeout); the one before stays. The file may be "
            + "forged. A thread of this process may go on trying until the service is restarted")]
    public partial void TimedOut(string path, TimeSpan timeout);
}
