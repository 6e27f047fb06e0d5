// SPDX-License-Identifier: Apache-2.0
// Counts spikes: each word written to `push` adds its ones. An AXI4-Lite target with 32-bit registers:
//   0x00 id (ro), 0x04 push (wo), 0x08 count (ro), 0x0C words (ro), 0x10 clear (wo); anything else answers SLVERR.
module spike_counter (
    input  wire        clk,
    input  wire        rst_n,
    input  wire [11:0] awaddr,
    input  wire        awvalid,
    output wire        awready,
    input  wire [31:0] wdata,
    input  wire [3:0]  wstrb,
    input  wire        wvalid,
    output wire        wready,
    output reg  [1:0]  bresp,
    output reg         bvalid,
    input  wire        bready,
    input  wire [11:0] araddr,
    input  wire        arvalid,
    output wire        arready,
    output reg  [31:0] rdata,
    output reg  [1:0]  rresp,
    output reg         rvalid,
    input  wire        rready
);
  localparam OKAY = 2'b00, SLVERR = 2'b10;

  reg [31:0] count, words;

  // A write is taken when address and data are both there and the answer before has left.
  wire take_write = awvalid & wvalid & ~bvalid;
  assign awready = take_write;
  assign wready  = take_write;
  wire take_read = arvalid & ~rvalid;
  assign arready = take_read;

  // Ones of the bytes that are enabled, added over a tree.
  wire [31:0] enabled = wdata & {{8{wstrb[3]}}, {8{wstrb[2]}}, {8{wstrb[1]}}, {8{wstrb[0]}}};
  integer i;
  reg [5:0] ones;
  always @* begin
    ones = 6'd0;
    for (i = 0; i < 32; i = i + 1) ones = ones + {5'd0, enabled[i]};
  end

  always @(posedge clk) begin
    if (!rst_n) begin
      count  <= 32'd0;
      words  <= 32'd0;
      bvalid <= 1'b0;
      rvalid <= 1'b0;
      bresp  <= OKAY;
      rresp  <= OKAY;
      rdata  <= 32'd0;
    end else begin
      if (bvalid & bready) bvalid <= 1'b0;
      if (rvalid & rready) rvalid <= 1'b0;
      if (take_write) begin
        bvalid <= 1'b1;
        bresp  <= (awaddr == 12'h004 || awaddr == 12'h010) ? OKAY : SLVERR;
        if (awaddr == 12'h004) begin
          count <= count + {26'd0, ones};
          words <= words + 32'd1;
        end
        if (awaddr == 12'h010) begin
          count <= 32'd0;
          words <= 32'd0;
        end
      end
      if (take_read) begin
        rvalid <= 1'b1;
        rresp  <= OKAY;
        case (araddr)
          12'h000: rdata <= 32'h53504B43;
          12'h008: rdata <= count;
          12'h00C: rdata <= words;
          default: begin
            rdata <= 32'd0;
            rresp <= SLVERR;
          end
        endcase
      end
    end
  end
endmodule
