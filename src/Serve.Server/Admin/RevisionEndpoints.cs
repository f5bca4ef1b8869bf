using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Serve.Admin;
using Serve.Server.Controller;
using Serve.Specs.Parsing;

namespace Serve.Server.Admin;

/// <summary>What was changed of an application, by whom and when, and the way back.</summary>
internal sealed class RevisionEndpoints(ControllerActor controller)
{
    private const string ToKey = "to";

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/serve/applications/{name}/revisions", List);
        endpoints.MapPost("/api/serve/applications/{name}/rollback", RollBackAsync);
    }

    private Task List(HttpContext context) => controller.State.Applications.GetValueOrDefault(ApplicationEndpoints.NameOf(context)) is { } application
        ? context.Response.WriteAsJsonAsync(Build(application), AdminJson.Default.RevisionHistory)
        : AdminAnswer.RefuseAsync(context, ApplicationEndpoints.Unknown(ApplicationEndpoints.NameOf(context)));

    private async Task RollBackAsync(HttpContext context)
    {
        var name = ApplicationEndpoints.NameOf(context);
        var (precondition, wrongHeader) = Preconditions.Read(context.Request, name);
        var (body, refusal) = wrongHeader is null ? await JsonBody.ReadObjectAsync(context) : (null, wrongHeader);
        long? to = null;
        refusal ??= WhatIsWrong(body!, out to);
        if (refusal is null)
        {
            var problem = await controller.AskAsync(ticket => new RollBack(ticket, name, to, Requester.Of(context.Request)) { Precondition = precondition }, context.RequestAborted);
            refusal = problem is null ? null : Refusal.Of(problem);
        }

        await AdminAnswer.SendAsync(context, refusal, $"Application '{name}' is going back to {(to is null ? "the last revision that was running" : $"revision {to}")}.");
    }

    private static Refusal? WhatIsWrong(JsonObject body, out long? to)
    {
        to = null;
        if (body.Select(pair => pair.Key).FirstOrDefault(key => key != ToKey) is { } other)
            return Wrong($"There is no key '{other}' here; the body is {{\"{ToKey}\": n}}, or {{}} for the last revision that was running.");
        if (body[ToKey] is not { } value)
            return null;
        if (value.GetValueKind() != JsonValueKind.Number || !value.AsValue().TryGetValue(out long number))
            return Wrong($"{ToKey} is {value.ToJsonString()}; it must be the number of a revision.");
        to = number;
        return null;
    }

    private static RevisionHistory Build(ApplicationState application) => new(
        application.Name,
        application.Revision,
        application.Active?.Revision,
        [.. application.History.Values.Reverse().Select(revision => new RevisionDetails
        {
            Number = revision.Number,
            AtS = revision.At.ToUnixTimeMilliseconds() / 1000.0,
            By = revision.By,
            Change = revision.Change,
            WasRunning = revision.WasRunning,
            Config = ConfigWriter.Write(revision.Spec),
        })]);

    private static Refusal Wrong(string message) => new(StatusCodes.Status400BadRequest, message);
}
