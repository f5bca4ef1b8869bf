using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Serve.Tests.Sdk.Server;

/// <summary>What the user's code sees of a request.</summary>
public sealed class HopServerRequestTests
{
    [Fact]
    public async Task Request_Everything_IsAsTheClientSentIt()
    {
        await using var program = await HopProgram.StartAsync(app => app.Map("/items/{id}", static (string id, HttpContext context) => string.Join(
            ' ', id, context.Request.Method, context.Request.Scheme, context.Request.Host, context.Request.PathBase, context.Request.Path, context.Request.QueryString, context.Request.Query["x"],
            context.Request.Protocol, context.TraceIdentifier, context.Connection.RemoteIpAddress, context.Connection.RemotePort, context.Request.Headers["x-own"], context.Request.Headers.UserAgent)));
        await using var exchange = await program.OpenAsync(
            HopProgram.HeadOf("PUT", "/shop/items/7?x=1") with { RoutePrefix = "/shop", Scheme = "https", ClientAddress = "10.1.2.3", ClientPort = 4711 },
            [("X-Own", "a"), ("x-own", "b"), ("User-Agent", "test")]);
        var reply = await exchange.ReadReplyAsync();
        reply.Status.ShouldBe(200);
        reply.Text.ShouldBe("7 PUT https shop.test /shop /items/7 ?x=1 1 HTTP/1.1 request-1 10.1.2.3 4711 a,b test");
        reply["Content-Type"].ShouldBe("text/plain; charset=utf-8");
    }

    [Theory]
    [InlineData("/a%20b/%C3%A4", "/a b/ä")]
    [InlineData("/a%2Fb", "/a%2Fb")]
    [InlineData("/a/./b/../c", "/a/c")]
    [InlineData("/a/%2E%2E/c", "/c")]
    [InlineData("/a/..", "/")]
    [InlineData("/..hidden/.x", "/..hidden/.x")]
    [InlineData("http://host:1/a/b?q", "/a/b")]
    [InlineData("http://host?q", "/")]
    [InlineData("*", "")]
    public async Task Path_OfTarget_IsDecodedAndNormal(string target, string path)
    {
        await using var program = await HopProgram.StartAsync(app => app.Run(static context => context.Response.WriteAsync(context.Request.Path.Value!)));
        (await program.SendAsync("OPTIONS", target)).Text.ShouldBe(path);
    }

    [Theory]
    [InlineData("/shop", "/shop", "")]
    [InlineData("/shop/", "/shop", "/")]
    [InlineData("/shopping", "", "/shopping")]
    public async Task PathBase_OfPrefix_TakesWholeSegments(string target, string pathBase, string path)
    {
        await using var program = await HopProgram.StartAsync(app => app.Run(static context => context.Response.WriteAsync(context.Request.PathBase + "|" + context.Request.Path)));
        for (var i = 0; i < 2; i++)
        {
            await using var exchange = await program.OpenAsync(HopProgram.HeadOf("GET", target) with { RoutePrefix = "/shop" });
            (await exchange.ReadReplyAsync()).Text.ShouldBe(pathBase + "|" + path);
        }
    }

    [Fact]
    public async Task Requests_OneAfterTheOther_SeeNothingOfEachOther()
    {
        await using var program = await HopProgram.StartAsync(app => app.Run(static async context =>
        {
            var body = await new StreamReader(context.Request.Body).ReadToEndAsync();
            var seen = string.Join(',', context.Request.Headers.Where(pair => pair.Key.StartsWith("x-own", StringComparison.Ordinal)).Select(pair => $"{pair.Key}={pair.Value}"));
            var isNew = context.Features.Get<Marker>() is null && context.Items.Count == 0 && context.GetEndpoint() is null && context.Response.StatusCode == 200 && context.Response.Headers.Count == 0;
            context.Features.Set(new Marker());
            context.Items["x"] = 1;
            context.Response.StatusCode = 201;
            context.Response.Headers["x-seen"] = seen;
            await context.Response.WriteAsync($"{context.Request.Path} {seen} {body} {isNew}");
        }));
        for (var i = 0; i < 50; i++)
        {
            var reply = await program.SendAsync("POST", $"/{i}", [($"x-own-{i % 3}", $"value {i}"), ("x-own-same", "same")], Encoding.UTF8.GetBytes($"body {i}"));
            reply.Status.ShouldBe(201);
            reply.Text.ShouldBe($"/{i} x-own-{i % 3}=value {i},x-own-same=same body {i} True");
        }
    }

    [Fact]
    public async Task Features_OfRequest_CanBeListedReplacedAndTakenAway()
    {
        await using var program = await HopProgram.StartAsync(app => app.Run(static context =>
        {
            var features = context.Features;
            var before = features.Count();
            features.Get<IHttpRequestFeature>().ShouldBeSameAs(features[typeof(IHttpRequestFeature)]);
            features.Get<IHttpResponseTrailersFeature>().ShouldBeNull("HTTP/1.1 has none");
            features.Set<IHttpMaxRequestBodySizeFeature>(null);
            features.Get<IHttpMaxRequestBodySizeFeature>().ShouldBeNull();
            features.Count().ShouldBe(before - 1);
            context.Connection.Id.ShouldNotBeEmpty();
            return context.Response.WriteAsync("ok");
        }));
        (await program.GetAsync("/")).Text.ShouldBe("ok");
        program.Log.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task ScopedService_OfRequest_IsDisposedWithIt()
    {
        await using var program = await HopProgram.StartAsync(app => app.MapGet("/", static (HopProgram.Disposable _, IHttpContextAccessor accessor) => accessor.HttpContext!.Request.Path.Value));
        var before = HopProgram.Disposable.Count;
        (await program.GetAsync("/")).Text.ShouldBe("/");
        await Testing.Eventually.TrueAsync(() => HopProgram.Disposable.Count == before + 1);
    }

    [Fact]
    public async Task HttpContextAccessor_AfterTheRequest_IsEmptyForWhatRunsOn()
    {
        var ended = new TaskCompletionSource();
        var seen = new TaskCompletionSource<HttpContext?>();
        await using var program = await HopProgram.StartAsync(app => app.MapGet("/", async (IHttpContextAccessor accessor) =>
        {
            _ = Task.Run(async () =>
            {
                await ended.Task;
                seen.SetResult(accessor.HttpContext);
            });
            await Task.Yield();
        }));
        await program.GetAsync("/");
        await Testing.Eventually.TrueAsync(() => program.Gate.Ongoing == 0);
        await program.StopAsync();
        ended.SetResult();
        (await seen.Task).ShouldBeNull();
    }

    private sealed class Marker;
}
