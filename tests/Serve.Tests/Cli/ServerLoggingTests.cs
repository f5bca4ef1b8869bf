using Microsoft.Extensions.Logging;
using Serve.Cli;
using Serve.Specs.Logging;

namespace Serve.Tests.Cli;

public sealed class ServerLoggingTests
{
    [Fact]
    public void Control_DocumentSaysALevel_CountsForTheServersOwnLog()
    {
        using var logging = new ServerLogging(LogLevel.Warning);
        var logger = logging.Factory.CreateLogger("Serve.Server");
        logger.IsEnabled(LogLevel.Information).ShouldBeFalse();
        logging.Control.Use(new LoggingSpec { LogLevel = LogSeverity.DEBUG });
        logger.IsEnabled(LogLevel.Debug).ShouldBeTrue();
        logging.Control.Use(null);
        logger.IsEnabled(LogLevel.Information).ShouldBeFalse();
    }
}
