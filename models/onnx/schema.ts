// The part of ONNX's onnx.proto (IR version 10) that our graphs use; field
// numbers and names are ONNX's own.
import { createRequire } from "node:module";
import type protobuf from "protobufjs";

const schema = `syntax = "proto3";
  package onnx;
  message AttributeProto {
    string name = 1; float f = 2; int64 i = 3; bytes s = 4; repeated int64 ints = 8; int32 type = 20;
  }
  message NodeProto {
    repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4;
    repeated AttributeProto attribute = 5; string domain = 7;
  }
  message ModelProto {
    int64 ir_version = 1; string producer_name = 2; GraphProto graph = 7;
    repeated OperatorSetIdProto opset_import = 8;
  }
  message OperatorSetIdProto { string domain = 1; int64 version = 2; }
  message GraphProto {
    repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5;
    repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12;
  }
  message TensorProto {
    repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9;
    repeated StringStringEntryProto external_data = 13; int32 data_location = 14;
  }
  message StringStringEntryProto { string key = 1; string value = 2; }
  message ValueInfoProto { string name = 1; TypeProto type = 2; }
  message TypeProto {
    message Tensor { int32 elem_type = 1; TensorShapeProto shape = 2; }
    Tensor tensor_type = 1;
  }
  message TensorShapeProto {
    message Dimension { int64 dim_value = 1; string dim_param = 2; }
    repeated Dimension dim = 1;
  }`;

// Loaded for the first graph that is built: a device's thread, of which there are many, builds none.
const require = createRequire(import.meta.url);
let modelType: protobuf.Type | undefined;

/** Serialises a model given as a plain object with ONNX's field names. */
export function encodeModel(model: Readonly<Record<string, unknown>>): Uint8Array {
  if (!modelType) {
    const { parse } = require("protobufjs") as typeof protobuf;
    modelType = parse(schema, { keepCase: true }).root.lookupType("onnx.ModelProto");
  }
  return modelType.encode(modelType.fromObject(model)).finish();
}
