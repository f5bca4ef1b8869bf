using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Serve.Testing;
using Serve.Wire.Hop;

namespace Serve.Tests.Sdk.Server;

/// <summary>Statuses and headers of answers: what may be sent, until when it may be changed, and what fits to which body.</summary>
public sealed class HopServerHeadTests
{
    [Fact]
    public async Task OnStartingAndOnCompleted_AreCalledLastFirstAndMayStillChangeTheHead()
    {
        var order = new List<string>();
        var isCompleted = new TaskCompletionSource();
        await using var program = await HopProgram.StartAsync(app => app.Run(context =>
        {
            foreach (var i in new[] { 1, 2 })
            {
                context.Response.OnStarting(async () =>
                {
                    await Task.Yield();
                    order.Add($"start {i}");
                    context.Response.Headers.Append("x-order", $"{i}");
                });
                context.Response.OnCompleted(() =>
                {
                    order.Add($"end {i}");
                    if (i == 1)
                        isCompleted.SetResult();
                    return i == 2 ? throw new InvalidOperationException("does not concern the other") : Task.CompletedTask;
                });
            }

            return Task.CompletedTask;
        }));
        (await program.GetAsync("/"))["x-order"].ShouldBe("2|1");
        await isCompleted.Task.WaitAsync(Eventually.Patience);
        order.ShouldBe(["start 2", "start 1", "end 2", "end 1"]);
    }

    [Fact]
    public async Task Headers_AfterTheStart_CantBeChanged()
    {
        await using var program = await HopProgram.StartAsync(app => app.Run(static async context =>
        {
            context.Response.HasStarted.ShouldBeFalse();
            await context.Response.StartAsync();
            context.Response.HasStarted.ShouldBeTrue();
            Should.Throw<InvalidOperationException>(() => context.Response.Headers["x"] = "y");
            Should.Throw<InvalidOperationException>(() => context.Response.StatusCode = 500);
            Should.Throw<InvalidOperationException>(() => context.Response.OnStarting(() => Task.CompletedTask));
        }));
        (await program.GetAsync("/")).Status.ShouldBe(200);
        program.Log.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Headers_ThatWouldSplitTheAnswer_AreRefused()
    {
        await using var program = await HopProgram.StartAsync(app => app.Run(static context =>
        {
            Should.Throw<InvalidOperationException>(() => context.Response.Headers["x"] = "a\r\nb: c").Message.ShouldContain("0x000D");
            Should.Throw<InvalidOperationException>(() => context.Response.Headers["x y"] = "a");
            context.Response.Headers["Transfer-Encoding"] = "chunked";
            context.Response.Headers["Connection"] = "close";
            context.Response.Headers.Append("Set-Cookie", "a=1");
            context.Response.Headers.Append("Set-Cookie", "b=2");
            return Task.CompletedTask;
        }));
        var reply = await program.GetAsync("/");
        reply["Transfer-Encoding"].ShouldBeNull();
        reply["Connection"].ShouldBeNull();
        reply["Set-Cookie"].ShouldBe("a=1|b=2");
        program.Log.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Head_Request_HasHeadersAndNoBody()
    {
        await using var program = await HopProgram.StartAsync(app => app.Run(static async context =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("something");
        }));
        var reply = await program.SendAsync("HEAD", "/");
        reply["Content-Length"].ShouldBe("1000");
        reply.Body.ShouldBeEmpty();
        program.Log.Errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(204)]
    [InlineData(304)]
    public async Task Body_OfAStatusThatHasNone_IsAnErrorOfTheApplication(int status)
    {
        await using var program = await HopProgram.StartAsync(app =>
        {
            app.MapGet("/empty", () => Results.StatusCode(status));
            app.MapGet("/body", (HttpContext context) =>
            {
                context.Response.StatusCode = status;
                return context.Response.WriteAsync("something");
            });
        });
        (await program.GetAsync("/empty")).Status.ShouldBe(status);
        await Should.ThrowAsync<HopResetException>(program.GetAsync("/body"));
        program.Log.Errors.Single().Exception!.Message.ShouldContain($"{status}");
    }

    [Theory]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(99)]
    [InlineData(1000)]
    public async Task Status_ThatIsNoneOfAFinalResponse_Is500(int status)
    {
        await using var program = await HopProgram.StartAsync(app => app.Run(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        }));
        (await program.GetAsync("/")).Status.ShouldBe(500);
        program.Log.Errors.Single().Exception!.Message.ShouldContain($"status {status}");
    }

    [Fact]
    public async Task ContentLength_ThatDoesNotFit_FailsTheRequest()
    {
        await using var program = await HopProgram.StartAsync(app => app.Run(static async context =>
        {
            context.Response.ContentLength = 3;
            if (context.Request.Path == "/none")
                return;
            if (context.Request.Path == "/few")
                await context.Response.WriteAsync("12");
            else
                await Should.ThrowAsync<InvalidOperationException>(context.Response.Body.WriteAsync(new byte[4]).AsTask());
        }));
        var none = await program.GetAsync("/none");
        none.Status.ShouldBe((int)HttpStatusCode.InternalServerError);
        none["Content-Length"].ShouldBe("0");
        await Should.ThrowAsync<HopResetException>(program.GetAsync("/few"));
        (await program.GetAsync("/many")).Status.ShouldBe(500);
        program.Log.Errors.Count().ShouldBe(3);
    }
}
