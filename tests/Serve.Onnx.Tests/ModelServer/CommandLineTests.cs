using Microsoft.Extensions.Configuration;
using Serve.ModelServer.Args;

namespace Serve.Onnx.Tests.ModelServer;

public sealed class CommandLineTests
{
    [Fact]
    public void Add_KnownOptions_AreArguments()
    {
        using var configuration = new ConfigurationManager();
        CommandLine.Add(configuration, ["--models", "--odd", "--Model-Control=poll", "--urls", "http://127.0.0.1:0", "--http-port", "1", "--Logging:LogLevel:Default=Debug", "key=value", "--environment=Test"]);
        configuration["Serve:Args:model_repository"].ShouldBe("--odd");
        configuration["Serve:Args:model_control"].ShouldBe("poll");
        configuration["Logging:LogLevel:Default"].ShouldBe("Debug");
    }

    [Theory]
    [InlineData("There is no option '--model-contrl'; did you mean '--model-control'?", "--models", "models", "--model-contrl", "explicit")]
    [InlineData("The option '--triton-strict' has no value", "--models", "models", "--triton-strict")]
    [InlineData("There is no option '--htp-port'; did you mean '--http-port'?", "--htp-port=1")]
    [InlineData("There is no option '--something-else-altogether'; there are --", "--something-else-altogether")]
    public void Add_UnknownOption_IsRefusedWithTheNearest(string message, params string[] args)
    {
        using var configuration = new ConfigurationManager();
        Should.Throw<ServeArgsException>(() => CommandLine.Add(configuration, args)).Problems.ShouldHaveSingleItem().ShouldStartWith(message);
    }
}
