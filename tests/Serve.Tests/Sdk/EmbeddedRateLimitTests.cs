using System.Net;
using Microsoft.Extensions.Configuration;

namespace Serve.Tests.Sdk;

public sealed class EmbeddedRateLimitTests
{
    [Fact]
    public async Task Request_OverTheLimitOfAProgramByItself_Is429UntilTimeHasPassed()
    {
        await using var program = await EmbeddedProgram.StartAsync(
            options => options.AddDeployment<EmbeddedModeTests.Door>().AddDeployment<EmbeddedModeTests.Worker>(),
            builder => builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Serve:Embedded:RateLimit:RequestsPerSecond"] = "0.01",
                ["Serve:Embedded:RateLimit:Burst"] = "2",
            }));
        for (var i = 0; i < 2; i++)
            (await program.Http.GetStringAsync("/add?a=2&b=3")).ShouldBe("5");
        using var refused = await program.Http.GetAsync("/add?a=2&b=3");
        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        refused.Headers.RetryAfter!.Delta!.Value.ShouldBeInRange(TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(100));
        (await program.Http.GetStringAsync("/-/healthz")).ShouldBe("success");
    }

    [Fact]
    public async Task Start_RateLimitIsWrong_SaysWhat()
    {
        var error = await Should.ThrowAsync<InvalidOperationException>(() => EmbeddedProgram.StartAsync(
            options => options.AddDeployment<EmbeddedModeTests.Door>().AddDeployment<EmbeddedModeTests.Worker>(),
            builder => builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Serve:Embedded:RateLimit:Key"] = "cookie" })));
        error.Message.ShouldBe("The section Serve:Embedded:RateLimit of the configuration is wrong: RequestsPerSecond must be more than 0 and at most 1000000, and Burst at least 1.");
    }
}
