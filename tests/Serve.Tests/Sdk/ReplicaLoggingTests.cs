using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Serve.Hosting;
using Serve.Replica;
using Serve.Specs.Logging;
using Serve.Telemetry.Logs;
using Serve.Testing;

namespace Serve.Tests.Sdk;

public sealed class ReplicaLoggingTests
{
    private static readonly LogOrigin Origin = new("replica", "1-7") { Replica = new ReplicaNames("shop", "Model", "shop#Model#1-7"), Request = RequestContext.ForLog };

    [Fact]
    public void Use_OtherLevel_CountsAtOnceForLoggersThatAreThere()
    {
        using var program = Build(spec: null, out var logging);
        var logger = program.GetRequiredService<ILoggerFactory>().CreateLogger("Shop");
        logger.IsEnabled(LogLevel.Debug).ShouldBeFalse();
        logging.Use(new LoggingSpec { LogLevel = LogSeverity.DEBUG });
        logger.IsEnabled(LogLevel.Debug).ShouldBeTrue();
        logging.Use(new LoggingSpec { LogLevel = LogSeverity.ERROR });
        logger.IsEnabled(LogLevel.Warning).ShouldBeFalse();
        logging.Use(null);
        logger.IsEnabled(LogLevel.Information).ShouldBeTrue();
    }

    [Fact]
    public void Use_OtherEncoding_ChangesTheFormatter()
    {
        using var program = Build(new LoggingSpec { Encoding = LogEncoding.JSON }, out var logging);
        var options = program.GetRequiredService<IOptionsMonitor<ConsoleLoggerOptions>>();
        options.CurrentValue.FormatterName.ShouldBe(JsonEntryFormatter.FormatterName);
        logging.Use(new LoggingSpec());
        options.CurrentValue.FormatterName.ShouldBe(TextEntryFormatter.FormatterName);
    }

    [Fact]
    public void Add_NothingSaid_LeavesTheProgramItsOwnFormatter()
    {
        using var program = Build(spec: null, out _, formatter: "systemd");
        program.GetRequiredService<IOptionsMonitor<ConsoleLoggerOptions>>().CurrentValue.FormatterName.ShouldBe("systemd");
    }

    [Fact]
    public void Write_Entry_IsOneLineOfJsonWithTheNamesOfRay()
    {
        var formatter = new JsonEntryFormatter(Origin, new ManualTimeProvider());
        using var text = new StringWriter();
        RequestContext.Current = new RequestContext("r-1", deadline: null, CancellationToken.None) { Route = "/predict" };
        var values = new[] { KeyValuePair.Create<string, object?>("Count", 3), KeyValuePair.Create<string, object?>("{OriginalFormat}", "{Count} of\nthem") };
        formatter.Write(new LogEntry<IReadOnlyList<KeyValuePair<string, object?>>>(LogLevel.Warning, "Shop.Model", new EventId(5), values, new InvalidOperationException("too few"), static (_, _) => "3 of\nthem"), scopeProvider: null, text);
        text.ToString().TrimEnd().ShouldNotContain('\n');
        var entry = JsonNode.Parse(text.ToString())!.AsObject();
        entry.Remove("asctime").ShouldBeTrue();
        entry.Remove("exception", out var exception).ShouldBeTrue();
        exception!.GetValue<string>().ShouldContain("too few");
        entry.ToJsonString().ShouldBe("""{"levelname":"WARNING","component_name":"replica","component_id":"1-7","application":"shop","deployment":"Model","replica":"shop#Model#1-7","request_id":"r-1","route":"/predict","logger":"Shop.Model","event_id":5,"message":"3 of\nthem","values":{"Count":"3"}}""");
    }

    private static ServiceProvider Build(LoggingSpec? spec, out LogControl logging, string? formatter = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration["Logging:Console:FormatterName"] = formatter;
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddServeLogging(ServeModeKind.Replica);
        logging = LogControl.Add(builder.Logging, Origin, spec);
        return builder.Services.BuildServiceProvider();
    }
}
