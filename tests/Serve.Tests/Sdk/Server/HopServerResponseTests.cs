using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Serve.Testing;
using Serve.Wire.Hop;

namespace Serve.Tests.Sdk.Server;

/// <summary>What the client gets of what the user's code answers.</summary>
public sealed class HopServerResponseTests
{
    [Fact]
    public async Task Response_NeverFlushed_IsOneFrame()
    {
        await using var program = await HopProgram.StartAsync(app => app.Run(static context =>
        {
            Encoding.UTF8.GetBytes("ok", context.Response.BodyWriter);
            return Task.CompletedTask;
        }));
        var reply = await program.GetAsync("/");
        reply.Text.ShouldBe("ok");
        reply.IsOneFrame.ShouldBeTrue();
    }

    [Fact]
    public async Task Response_FlushedWithItsWholeLength_IsOneFrame()
    {
        await using var program = await HopProgram.StartAsync(app => app.MapGet("/", static () => Results.Bytes(new byte[1000])));
        var reply = await program.GetAsync("/");
        reply.Body.Length.ShouldBe(1000);
        reply["Content-Length"].ShouldBe("1000");
        reply.IsOneFrame.ShouldBeTrue();
    }

    [Fact]
    public async Task Response_Flushed_ArrivesBeforeTheEnd()
    {
        var next = new SemaphoreSlim(0);
        await using var program = await HopProgram.StartAsync(app => app.MapGet("/", async (HttpContext context) =>
        {
            for (var i = 0; i < 3; i++)
            {
                await context.Response.WriteAsync($"part {i}");
                await next.WaitAsync();
            }
        }));
        await using var exchange = await program.OpenAsync(HopProgram.HeadOf("GET", "/"));
        await exchange.ReadHeadAsync();
        for (var i = 0; i < 3; i++)
        {
            (await exchange.ReadTextAsync()).ShouldBe($"part {i}");
            next.Release();
        }

        (await exchange.ReadToEndAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(3_000_000)]
    public async Task Response_Large_ArrivesWhole(int length)
    {
        var body = new byte[length];
        new Random(length).NextBytes(body);
        await using var program = await HopProgram.StartAsync(app =>
        {
            app.MapGet("/written", (HttpContext context) =>
            {
                context.Response.BodyWriter.Write(body);
                return Task.CompletedTask;
            });
            app.MapGet("/streamed", () => Results.Stream(new MemoryStream(body)));
            app.MapGet("/sent", async (HttpContext context) => await context.Response.Body.WriteAsync(body));
        });
        foreach (var path in new[] { "/written", "/streamed", "/sent" })
            (await program.GetAsync(path)).Body.ShouldBe(body, path);
    }

    [Fact]
    public async Task Response_ClientDoesNotRead_WaitsAtBoundedMemory()
    {
        var written = 0;
        await using var program = await HopProgram.StartAsync(app => app.Run(async context =>
        {
            for (var i = 0; i < 1000; i++)
            {
                await context.Response.Body.WriteAsync(new byte[100_000], context.RequestAborted);
                Interlocked.Increment(ref written);
            }
        }));
        await using var exchange = await program.OpenAsync(HopProgram.HeadOf("GET", "/"));
        await exchange.ReadHeadAsync();
        var last = 0;
        var quiet = 0;
        await Eventually.TrueAsync(() =>
        {
            quiet = last == Volatile.Read(ref written) ? quiet + 1 : 0;
            last = Volatile.Read(ref written);
            return quiet == 20;
        });
        last.ShouldBeLessThan(100, "the window is 512 KB");
        (await exchange.ReadToEndAsync()).Length.ShouldBe(100_000_000);
    }

    [Fact]
    public async Task Exception_BeforeTheStart_Is500AndAfterIsReset()
    {
        await using var program = await HopProgram.StartAsync(app => app.Run(static async context =>
        {
            context.Response.Headers["x-own"] = "lost";
            await context.Response.BodyWriter.WriteAsync(default);
            throw new InvalidOperationException("planned");
        }));
        var exchange = await program.OpenAsync(HopProgram.HeadOf("GET", "/"));
        await exchange.ReadHeadAsync();
        (await Should.ThrowAsync<HopResetException>(exchange.ReadToEndAsync())).Code.ShouldBe(HopResetCode.Failed);
        await using var early = await HopProgram.StartAsync(app => app.Run(static context =>
        {
            context.Response.Headers["x-own"] = "lost";
            Encoding.UTF8.GetBytes("lost", context.Response.BodyWriter);
            throw new InvalidOperationException("planned");
        }));
        var reply = await early.GetAsync("/");
        reply.Status.ShouldBe(500);
        reply["x-own"].ShouldBeNull();
        reply.Body.ShouldBeEmpty();
    }

    [Fact]
    public async Task Trailers_OverHttp2_FollowTheBody()
    {
        await using var program = await HopProgram.StartAsync(app => app.Run(static async context =>
        {
            context.Response.SupportsTrailers().ShouldBe(context.Request.Protocol == "HTTP/2");
            await context.Response.WriteAsync("body");
            if (context.Response.SupportsTrailers())
                context.Response.AppendTrailer("grpc-status", "0");
        }));
        var reply = await program.SendAsync("POST", "/", protocol: "HTTP/2");
        reply.Text.ShouldBe("body");
        reply.Trailers.ShouldBe([("grpc-status", "0")]);
        (await program.GetAsync("/")).Trailers.ShouldBeEmpty();
        program.Log.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task CompleteAsync_AndReset_EndTheAnswerBeforeTheCode()
    {
        var goOn = new TaskCompletionSource();
        await using var program = await HopProgram.StartAsync(app => app.Run(async context =>
        {
            await context.Response.WriteAsync("whole");
            context.Response.AppendTrailer("x", "y");
            await context.Response.CompleteAsync();
            context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(0);
            await goOn.Task;
        }));
        await using var exchange = await program.OpenAsync(HopProgram.HeadOf("POST", "/") with { Protocol = "HTTP/2" }, isComplete: false);
        var reply = await exchange.ReadReplyAsync();
        reply.Text.ShouldBe("whole");
        reply.Trailers.ShouldBe([("x", "y")]);
        program.Gate.Ongoing.ShouldBe(1);
        goOn.SetResult();
        await Eventually.TrueAsync(() => program.Gate.Ongoing == 0);
    }
}
