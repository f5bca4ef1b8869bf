using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Serve.Testing;
using Serve.Wire.Hop;

namespace Serve.Tests.Sdk.Server;

/// <summary>Bodies of requests, whatever their size and however they come.</summary>
public sealed class HopServerBodyTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(3_000_000)]
    public async Task Body_InlineAndStreamed_IsReadWhole(int length)
    {
        var body = new byte[length];
        new Random(length).NextBytes(body);
        await using var program = await HopProgram.StartAsync(EchoAll);
        foreach (var path in new[] { "/stream", "/reader", "/copy" })
        {
            await using var exchange = await program.OpenAsync(HopProgram.HeadOf("POST", path), body: body.AsMemory(0, Math.Min(length, 5)), isComplete: false);
            var sending = exchange.Stream.WriteAsync(body.AsMemory(Math.Min(length, 5)), isComplete: true).AsTask();
            (await exchange.ReadReplyAsync()).Body.ShouldBe(body, path);
            await sending;
            if (length < 1000)
                (await program.SendAsync("POST", path, body: body)).Body.ShouldBe(body, path);
        }

        program.Log.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Body_Json_IsBoundAndAnswered()
    {
        await using var program = await HopProgram.StartAsync(app => app.MapPost("/", static (Point point) => point with { X = point.X + 1 }));
        var reply = await program.SendAsync("POST", "/", [("Content-Type", "application/json")], Encoding.UTF8.GetBytes("{\"x\":1,\"y\":2}"));
        reply.Text.ShouldBe("{\"x\":2,\"y\":2}");
        (await program.SendAsync("POST", "/", [("Content-Type", "application/json")], Encoding.UTF8.GetBytes("{\"x\":"))).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Body_FormUpload_HasFieldsAndFiles()
    {
        await using var program = await HopProgram.StartAsync(app => app.Run(static async context =>
        {
            var form = await context.Request.ReadFormAsync();
            await context.Response.WriteAsync($"{form["name"]} {form.Files["file"]!.FileName} {form.Files["file"]!.Length}");
        }));
        using var form = new MultipartFormDataContent { { new StringContent("value"), "name" }, { new ByteArrayContent(new byte[200_000]), "file", "data.bin" } };
        var body = await form.ReadAsByteArrayAsync();
        await using var exchange = await program.OpenAsync(
            HopProgram.HeadOf("POST", "/"), [("Content-Type", form.Headers.ContentType!.ToString()), ("Content-Length", $"{body.Length}")], isComplete: false);
        await exchange.Stream.WriteAsync(body, isComplete: true);
        (await exchange.ReadReplyAsync()).Text.ShouldBe("value data.bin 200000");
    }

    [Fact]
    public async Task Body_ReadSlowly_WaitsAtTheClient()
    {
        const int Pieces = 100;
        var goOn = new TaskCompletionSource();
        await using var program = await HopProgram.StartAsync(
            app => app.Run(async context =>
            {
                await goOn.Task;
                var buffer = new byte[64 * 1024];
                long count = 0;
                while (await context.Request.Body.ReadAsync(buffer) is > 0 and var read)
                    count += read;
                await context.Response.WriteAsync($"{count}");
            }),
            maxBody: long.MaxValue);
        var piece = new byte[1024 * 1024];
        await using var exchange = await program.OpenAsync(HopProgram.HeadOf("POST", "/"), isComplete: false);
        var first = exchange.Stream.WriteAsync(piece).AsTask();
        await Eventually.TrueAsync(() => program.Gate.Ongoing == 1);
        first.IsCompleted.ShouldBeFalse("the window is 512 KB");
        goOn.SetResult();
        await first;
        for (var i = 1; i < Pieces; i++)
            await exchange.Stream.WriteAsync(piece);
        await exchange.Stream.CompleteAsync();
        (await exchange.ReadReplyAsync()).Text.ShouldBe($"{Pieces * 1024 * 1024}");
    }

    [Fact]
    public async Task Body_NotRead_IsNotTakenFromTheClient()
    {
        await using var program = await HopProgram.StartAsync(app => app.Run(static context =>
        {
            context.Features.GetRequiredFeature<IHttpRequestBodyDetectionFeature>().CanHaveBody.ShouldBeTrue();
            context.Response.StatusCode = 401;
            return context.Response.WriteAsync("no");
        }));
        await using var exchange = await program.OpenAsync(HopProgram.HeadOf("POST", "/"), isComplete: false);
        var reply = await exchange.ReadReplyAsync();
        reply.Status.ShouldBe(401);
        reply.Text.ShouldBe("no");
        await Should.ThrowAsync<HopResetException>(async () =>
        {
            while (true)
                await exchange.Stream.WriteAsync(new byte[100_000]);
        });
        await Eventually.TrueAsync(() => program.Gate.Ongoing == 0);
        program.Log.Errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_OverTheBound_Is413(bool isAnnounced)
    {
        await using var program = await HopProgram.StartAsync(EchoAll, maxBody: 1000);
        var headers = isAnnounced ? new[] { ("Content-Length", "1001") } : [];
        (await program.SendAsync("POST", "/stream", headers, new byte[1001])).Status.ShouldBe(413);
        await using var exchange = await program.OpenAsync(HopProgram.HeadOf("POST", "/reader"), headers, isComplete: false);
        await exchange.Stream.WriteAsync(new byte[1001], isComplete: true);
        (await exchange.ReadReplyAsync()).Status.ShouldBe(413);
        (await program.SendAsync("POST", "/unbound", headers, new byte[1001])).Text.ShouldBe("1001");
        (await program.SendAsync("POST", "/stream", body: new byte[1000])).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Trailers_OfRequest_AreThereWhenTheBodyIsRead()
    {
        await using var program = await HopProgram.StartAsync(app => app.Run(static async context =>
        {
            context.Request.CheckTrailersAvailable().ShouldBeFalse();
            await new StreamReader(context.Request.Body).ReadToEndAsync();
            context.Request.CheckTrailersAvailable().ShouldBeTrue();
            await context.Response.WriteAsync(context.Request.GetTrailer("x-sum").ToString());
        }));
        await using var exchange = await program.OpenAsync(HopProgram.HeadOf("POST", "/"), isComplete: false);
        await exchange.Stream.WriteAsync(new byte[100]);
        using (var writer = Wire.Hop.Heads.HeadWriter.Rent())
        {
            writer.WriteHeader("x-sum", "42");
            exchange.Stream.SendTrailers(writer.WrittenSpan);
        }

        (await exchange.ReadReplyAsync()).Text.ShouldBe("42");
        program.Log.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task SynchronousReadsAndWrites_NeedToBeAllowed()
    {
        await using var program = await HopProgram.StartAsync(app => app.Run(static context =>
        {
            Should.Throw<InvalidOperationException>(() => context.Request.Body.ReadByte()).Message.ShouldContain("AllowSynchronousIO");
            Should.Throw<InvalidOperationException>(() => context.Response.Body.WriteByte(1));
            context.Features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = true;
            context.Response.Body.WriteByte((byte)context.Request.Body.ReadByte());
            return Task.CompletedTask;
        }));
        (await program.SendAsync("POST", "/", body: "x"u8.ToArray())).Text.ShouldBe("x");
    }

    [Fact]
    public async Task Body_ReplacedByAMiddleware_IsWhatTheReaderReads()
    {
        await using var program = await HopProgram.StartAsync(app => app.Run(static async context =>
        {
            context.Request.Body = new MemoryStream("replaced"u8.ToArray());
            var read = await context.Request.BodyReader.ReadAtLeastAsync(8);
            await context.Response.WriteAsync(Encoding.UTF8.GetString(read.Buffer));
        }));
        (await program.SendAsync("POST", "/", body: "x"u8.ToArray())).Text.ShouldBe("replaced");
    }

    private static void EchoAll(WebApplication app)
    {
        app.MapPost("/stream", static async (HttpContext context) =>
        {
            var buffer = new byte[1000];
            while (await context.Request.Body.ReadAsync(buffer) is > 0 and var read)
                await context.Response.BodyWriter.WriteAsync(buffer.AsMemory(0, read));
        });
        app.MapPost("/reader", static async (HttpContext context) => await context.Request.BodyReader.CopyToAsync(context.Response.BodyWriter));
        app.MapPost("/copy", static (HttpContext context) => context.Request.Body.CopyToAsync(context.Response.Body));
        app.MapPost("/unbound", static async (HttpContext context) =>
        {
            context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
            var read = await context.Request.BodyReader.ReadAtLeastAsync(1001);
            await context.Response.WriteAsync($"{read.Buffer.Length}");
        });
    }

    private sealed record Point(int X, int Y);
}
