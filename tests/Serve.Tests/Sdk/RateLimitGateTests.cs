using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Serve.Http;
using Serve.Routing.Limits;
using Serve.Specs.Routing;
using Serve.Testing;

namespace Serve.Tests.Sdk;

public sealed class RateLimitGateTests
{
    private readonly ManualTimeProvider _clock = new();

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.2", false)]
    [InlineData("10.0.0.1", "10.0.0.1", true)]
    [InlineData("::ffff:10.0.0.1", "10.0.0.1", true)]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:ffff::1", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    public void Check_ClientAddress_CountsByHost(string first, string second, bool isSame)
    {
        var limit = Limit(RateLimitSpec.ClientAddress);
        IsRefused(limit, From(first)).ShouldBeFalse();
        IsRefused(limit, From(second)).ShouldBe(isSame);
    }

    [Fact]
    public void Check_Header_CountsByItsValueAndAllWithoutItTogether()
    {
        var limit = Limit("header:x-api-key");
        IsRefused(limit, WithKey("a")).ShouldBeFalse();
        IsRefused(limit, WithKey("b")).ShouldBeFalse();
        IsRefused(limit, WithKey("a")).ShouldBeTrue();
        IsRefused(limit, WithKey(new string('x', 5000) + "1")).ShouldBeFalse();
        IsRefused(limit, WithKey(new string('x', 5000) + "2")).ShouldBeFalse();
        IsRefused(limit, From("10.0.0.1")).ShouldBeFalse();
        IsRefused(limit, From("10.0.0.2")).ShouldBeTrue();
    }

    [Fact]
    public void Check_Refused_SaysWhatTheLimitIsAndWhenToTryAgain()
    {
        var limit = Limit(RateLimitSpec.ClientAddress);
        RateLimitGate.Check(limit, From("10.0.0.1"));
        var error = Should.Throw<ServeException>(() => RateLimitGate.Check(limit, From("10.0.0.1")));
        error.Error.ShouldBe(ServeError.RateLimited);
        error.Message.ShouldBe("Too many requests: the application takes 0.5 per second of each client address (rate_limit). Try again in 2 s.");
        error.RetryAfter.ShouldBe(TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void Check_NoLimit_TakesAll() => IsRefused(limit: null, From("10.0.0.1")).ShouldBeFalse();

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

    private KeyedRateLimit Limit(string key) => new(new RateLimitSpec { RequestsPerSecond = 0.5, Burst = 1, Key = key }, _clock);

    private static bool IsRefused(KeyedRateLimit? limit, HttpContext context)
    {
        try
        {
            RateLimitGate.Check(limit, context);
            return false;
        }
        catch (ServeException exception) when (exception.Error == ServeError.RateLimited)
        {
            return true;
        }
    }

    private static DefaultHttpContext From(string address) => new() { Connection = { RemoteIpAddress = IPAddress.Parse(address) } };

    private static DefaultHttpContext WithKey(string key)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers["x-api-key"] = key;
        return context;
    }
}
