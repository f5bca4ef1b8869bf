using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Serve.Grpc;

/// <summary>Answers calls of methods that nobody has mapped. Other requests than calls of gRPC pass by.</summary>
internal static class UnimplementedEndpoints
{
    private const string Service = "unknownService";
    private const string Method = "unknownMethod";

    /// <summary>For the other methods of a service.</summary>
    public static void MapMethods(IEndpointRouteBuilder endpoints, string service) =>
        Map(endpoints, $"/{service}/{{{Method}}}", http => $"The service '{service}' has no method '{http.GetRouteValue(Method)}'.", $"gRPC - /{service}/*");

    /// <summary>For the services that there are not; mapped once.</summary>
    public static void MapServices(IEndpointRouteBuilder endpoints)
    {
        if (MappedServices.MapsFirst(endpoints, nameof(UnimplementedEndpoints)))
            Map(endpoints, $"/{{{Service}}}/{{{Method}}}", static http => $"There is no service '{http.GetRouteValue(Service)}' here.", "gRPC - unknown services");
    }

    private static void Map(IEndpointRouteBuilder endpoints, string pattern, Func<HttpContext, string> detail, string name)
    {
        var parsed = RoutePatternFactory.Parse(pattern, defaults: null, parameterPolicies: new RouteValueDictionary { [Method] = new CallsOnly() });
        endpoints.Map(parsed, http => AnswerAsync(http, detail(http)))
            .WithDisplayName(name)
            .ExcludeFromDescription()
            .WithOrder(int.MaxValue);
    }

    private static Task AnswerAsync(HttpContext http, string detail)
    {
        if (!RequestCheck.Accept(http))
            return Task.CompletedTask;
        var response = http.Response;
        response.ContentType = GrpcHeaders.ContentType;
        response.Headers[GrpcHeaders.Status] = ((int)StatusCode.Unimplemented).ToString(CultureInfo.InvariantCulture);
        response.Headers[GrpcHeaders.Message] = GrpcMessageText.Encode(detail);
        return Task.CompletedTask;
    }

    /// <summary>Matches calls of gRPC only. It looks at the method as well: metadata that say POST would make a GET of any path of two parts a 405, and hide files from it.</summary>
    private sealed class CallsOnly : IRouteConstraint
    {
        public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
            httpContext is not null && HttpMethods.IsPost(httpContext.Request.Method) && RequestCheck.IsGrpc(httpContext.Request.ContentType);
    }
}
